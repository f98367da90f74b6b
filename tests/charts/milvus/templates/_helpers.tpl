{{- define "milvus.fullname" -}}
{{- if contains "milvus" .Release.Name }}{{ .Release.Name }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name }}{{ end }}
{{- end }}
{{- define "milvus.labels" -}}
{{ include "milvus.selectorLabels" . }}
{{- end }}
{{- define "milvus.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
