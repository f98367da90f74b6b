#compdef {me}
compdef _{me} {me}

# zsh completion for {me}
#
# Asks "{me} {ask} WORDS" and offers what it prints: one candidate per line, a tab before its
# description, and as last line a colon and what the shell shall do with them (bits: 1 give up,
# 2 no space, 4 no files, 8 files by extension, 16 directories, 32 keep the order).

_{me}() {
    local -a line offers messages options
    local answer entry plain prefix= typed
    local -i directive

    line=("${words[1,CURRENT]}")
    typed=${line[-1]}
    # In "--flag=val" only "val" is completed.
    if [[ $typed == -*=* ]]; then
        prefix=${typed%%=*}=
    fi

    answer=$("${(Q)line[1]}" {ask} "${(@Q)line[2,-1]}" 2>/dev/null) || return 1
    directive=${answer##*:}
    answer=${answer%:*}
    (( directive & 1 )) && return 1

    for entry in "${(@f)answer}"; do
        [[ -z $entry ]] && continue
        if [[ $entry == "_activeHelp_ "* ]]; then
            messages+=("${entry#_activeHelp_ }")
            continue
        fi
        plain=${${entry%%$'\t'*}//:/\\:}
        if [[ $entry == *$'\t'* ]]; then
            offers+=("$plain:${entry#*$'\t'}")
        else
            offers+=("$plain")
        fi
    done
    for entry in "${messages[@]}"; do
        compadd -x "$entry"
    done

    (( directive & 2 )) && options+=(-S '')
    (( directive & 32 )) && options+=(-V '')
    [[ -n $prefix ]] && compset -P '*='

    if (( directive & 8 )); then
        _files -g "*.(${(j:|:)${(@f)answer}})"
    elif (( directive & 16 )); then
        local -a folders=("${(@f)answer}")
        if [[ -n ${folders[1]} ]]; then
            _files -W "${folders[1]}" -/
        else
            _files -/
        fi
    elif (( ${#offers} )) && _describe -t candidates candidates offers "${options[@]}"; then
        return 0
    elif (( directive & 4 )); then
        return 1
    else
        _files
    fi
}

# When the file is sourced, not found through $fpath, it only defines the function.
if [[ ${funcstack[1]} == _{me} ]]; then
    _{me} "$@"
fi
