# PowerShell completion for {me}
#
# Asks "{me} {ask} WORDS" and offers what it prints: one candidate per line, a tab before its
# description, and as last line a colon and what the shell shall do with them (bits: 1 give up,
# 2 no space, 4 no files, 8 files by extension, 16 directories, 32 keep the order).

[scriptblock]$__{me}_completer = {
    param($WordToComplete, $CommandAst, $CursorPosition)

    $line = $CommandAst.ToString()
    if ($line.Length -gt $CursorPosition) {
        $line = $line.Substring(0, $CursorPosition)
    }
    $program, $rest = $line.Split(' ', 2)
    $request = "$program {ask} $rest"
    if ($WordToComplete -eq '') {
        # PowerShell 7.3 and later hands an empty argument over as it is.
        $isNew = $PSVersionTable.PSVersion -ge [version]'7.3.0' -and $PSNativeCommandArgumentPassing -ne 'Legacy'
        $request += if ($isNew) { ' ""' } else { ' `"`"' }
    }

    $prefix = ''
    if ($WordToComplete -match '^(-[^=]*=)(.*)$') {
        $prefix = $Matches[1]
        $WordToComplete = $Matches[2]
    }

    $before = $env:{ME}_ACTIVE_HELP
    $env:{ME}_ACTIVE_HELP = '0'
    $lines = @(Invoke-Expression $request 2>$null)
    $env:{ME}_ACTIVE_HELP = $before
    if ($lines.Count -eq 0 -or $lines[-1] -notmatch '^:(\d+)$') {
        return
    }
    $directive = [int]$Matches[1]
    if ($directive -band 1) {
        return
    }
    $space = if ($directive -band 2) { '' } else { ' ' }
    $candidates = @($lines | Select-Object -SkipLast 1 | Where-Object { $_ } | ForEach-Object {
        $name, $text = $_.Split("`t", 2)
        [pscustomobject]@{ Name = $name; Text = if ($text) { $text } else { ' ' } }
    } | Where-Object { $_.Name -like "$WordToComplete*" })

    if ($candidates.Count -eq 0 -or $directive -band 24) {
        if ($directive -band 4) {
            # An empty answer keeps PowerShell from offering files.
            ''
        }
        return
    }
    if (-not ($directive -band 32)) {
        $candidates = @($candidates | Sort-Object -Property Name)
    }
    foreach ($candidate in $candidates) {
        $text = $prefix + $candidate.Name
        if ($text -match '[\s''"`;|&(){}$@]') {
            $text = "'" + $text.Replace("'", "''") + "'"
        }
        [System.Management.Automation.CompletionResult]::new($text + $space, $candidate.Name, 'ParameterValue', $candidate.Text)
    }
}

Register-ArgumentCompleter -CommandName '{me}' -ScriptBlock $__{me}_completer
