# bash completion for {me}
#
# Asks "{me} {ask} WORDS" and offers what it prints: one candidate per line, a tab before its
# description, and as last line a colon and what the shell shall do with them (bits: 1 give up,
# 2 no space, 4 no files, 8 files by extension, 16 directories, 32 keep the order).

__{me}_words() {
    # Readline splits at "=" and ":" as well; words that touch in the line are one word here.
    local word rest bare skipped position=0 i
    words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        rest=${COMP_LINE:position}
        bare=${rest#"${rest%%[![:space:]]*}"}
        skipped=$((${#rest} - ${#bare}))
        if ((i > 0 && skipped == 0)); then
            words[${#words[@]}-1]+=$word
        else
            words+=("$word")
        fi
        ((position += skipped + ${#word}))
    done
    cword=$((${#words[@]} - 1))
}

__{me}_pick_directories() {
    local entry
    while IFS= read -r entry; do
        COMPREPLY+=("$entry")
    done < <(if [[ -n $1 ]]; then cd -- "$1" 2>/dev/null || exit; fi; compgen -d -- "$2")
    compopt -o filenames 2>/dev/null
}

__{me}_pick_files() {
    local entry
    while IFS= read -r entry; do
        [[ -d $entry || $entry =~ \.($1)$ ]] && COMPREPLY+=("$entry")
    done < <(compgen -f -- "$2")
    compopt -o filenames 2>/dev/null
}

__{me}_offer() {
    # $1: what is typed, $2: the lines. Descriptions are shown only where there is a choice.
    local typed=$1 line plain
    local -a plains=() shown=()
    local width=0
    while IFS= read -r line; do
        if [[ $line == "_activeHelp_ "* ]]; then
            [[ $COMP_TYPE -eq 63 ]] && printf '\n%s\n' "${line#_activeHelp_ }" >&2
            continue
        fi
        [[ -z $line ]] && continue
        plain=${line%%$'\t'*}
        [[ $plain == "$typed"* ]] || continue
        plains+=("$plain")
        shown+=("$line")
        ((${#plain} > width)) && width=${#plain}
    done <<<"$2"
    if ((${#plains[@]} == 1)) || [[ $COMP_TYPE -eq 37 || $COMP_TYPE -eq 42 ]]; then
        COMPREPLY=("${plains[@]}")
    else
        local columns=${COLUMNS:-80} text
        for line in "${shown[@]}"; do
            plain=${line%%$'\t'*}
            if [[ $line == *$'\t'* ]]; then
                text=${line#*$'\t'}
                printf -v line '%-*s  (%s)' "$width" "$plain" "$text"
                ((${#line} >= columns)) && line="${line:0:columns-2}…"
            fi
            COMPREPLY+=("$line")
        done
    fi
    # What stands before the last ":" or "=" is not part of the word that readline replaces.
    if [[ $typed == *:* && $COMP_WORDBREAKS == *:* ]]; then
        local before=${typed%"${typed##*:}"} i
        for i in "${!COMPREPLY[@]}"; do
            COMPREPLY[i]=${COMPREPLY[i]#"$before"}
        done
    fi
}

__start_{me}() {
    local cur cword
    local -a words
    COMPREPLY=()
    __{me}_words

    local -a line=("${words[@]:0:cword+1}")
    local typed=${line[cword]}
    [[ $typed == -*=* ]] && cur=${typed#*=} || cur=$typed

    # An alias or a link is asked itself: it knows its plugins and its name.
    local answer
    answer=$({ME}_ACTIVE_HELP=${{ME}_ACTIVE_HELP-0} "${line[0]/#\~/$HOME}" {ask} "${line[@]:1}" 2>/dev/null) || return
    local directive=${answer##*:}
    [[ $directive =~ ^[0-9]+$ ]] || directive=0
    answer=${answer%:*}

    ((directive & 1)) && return
    ((directive & 2)) && compopt -o nospace 2>/dev/null
    ((directive & 4)) && compopt +o default 2>/dev/null
    ((directive & 32)) && compopt -o nosort 2>/dev/null
    if ((directive & 8)); then
        local extensions
        extensions=$(printf '%s' "$answer" | paste -sd '|' -)
        __{me}_pick_files "${extensions%|}" "$cur"
    elif ((directive & 16)); then
        __{me}_pick_directories "${answer%%$'\n'*}" "$cur"
    else
        __{me}_offer "$cur" "$answer"
    fi
}

if [[ $(type -t compopt) == builtin ]]; then
    complete -o default -F __start_{me} {me}
else
    complete -o default -o nospace -F __start_{me} {me}
fi
