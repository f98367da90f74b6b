# fish completion for {me}
#
# Asks "{me} {ask} WORDS" and offers what it prints: one candidate per line, a tab before its
# description, and as last line a colon and what the shell shall do with them (bits: 1 give up,
# 2 no space, 4 no files, 8 files by extension, 16 directories, 32 keep the order).

function __{me}_ask --description 'candidates for the word under the cursor'
    set -l words (commandline --tokenize-at-cursor --cut-at-cursor 2>/dev/null; or commandline --tokenize --cut-at-cursor)
    set -l typed (commandline --current-token --cut-at-cursor)
    set -l lines ({ME}_ACTIVE_HELP=0 $words[1] {ask} $words[2..-1] "$typed" 2>/dev/null)
    set -l directive (string replace --regex '^.*:' '' -- $lines[-1])
    string match --quiet --regex '^[0-9]+$' -- "$directive"; or return 1
    set -g __{me}_directive $directive
    set -g __{me}_lines $lines[1..-2]
    if test (math "bitand($directive, 1)") -ne 0
        set -g __{me}_lines
        return 1
    end
    # In "--flag=val" a candidate stands for "val" alone.
    if string match --quiet --regex '^-.*=' -- "$typed"
        set -l prefix (string replace --regex '=.*' '=' -- "$typed")
        set -g __{me}_lines $prefix$__{me}_lines
    end
    return 0
end

function __{me}_has_candidates --description 'whether {me} itself has candidates, or wants no files'
    __{me}_ask; or return 1
    # Files by extension and directories are left to fish, which has no filter of that kind.
    if test (math "bitand($__{me}_directive, 24)") -ne 0
        return 1
    end
    if test (math "bitand($__{me}_directive, 4)") -ne 0
        return 0
    end
    set -l typed (commandline --current-token --cut-at-cursor)
    for line in $__{me}_lines
        if string match --quiet -- (string escape --style=regex -- "$typed")'*' "$line"
            return 0
        end
    end
    test (count $__{me}_lines) -gt 0 -a -z "$typed"
end

function __{me}_keeps_order
    test (math "bitand($__{me}_directive, 32)") -ne 0
end

function __{me}_candidates
    printf '%s\n' $__{me}_lines
end

complete --command {me} --erase
complete --command {me} --condition '__{me}_has_candidates; and not __{me}_keeps_order' --no-files --arguments '(__{me}_candidates)'
complete --command {me} --condition '__{me}_has_candidates; and __{me}_keeps_order' --no-files --keep-order --arguments '(__{me}_candidates)'
