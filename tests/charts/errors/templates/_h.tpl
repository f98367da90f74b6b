{{ define "deep" }}
  {{ .Values.map.a.b }}{{ end }}{{ define "loop" }}{{ include "loop" . }}{{ end }}
{{ define "outer" }}{{ include "deep" . }}{{ end }}