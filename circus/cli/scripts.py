"""The completion scripts of three shells: each calls back into circusctl.

They hold no list of their own. ``circusctl --complete LINE`` is not for people: it prints what may
stand at the end of the line, a word, a tab and what it means.
"""

from __future__ import annotations

from circus.commands.words import UsageError

BASH = r"""# in ~/.bashrc: source <(circusctl --completion bash)
_circusctl() {
    local line=${COMP_LINE:0:COMP_POINT} word about
    local typed=${line##*[[:space:]]}
    local kept=${typed%"${typed##*[:=]}"}  # bash completes behind a : or = alone
    COMPREPLY=()
    while IFS=$'\t' read -r word about; do
        printf -v word '%q' "$word"
        COMPREPLY+=("${word#"$kept"}")
    done < <("${COMP_WORDS[0]}" --complete "$line" 2>/dev/null)
}
complete -F _circusctl circusctl
"""

ZSH = r"""#compdef circusctl
# a file _circusctl in a directory of $fpath, or: source <(circusctl --completion zsh)
_circusctl() {
    local word about
    local -a found
    while IFS=$'\t' read -r word about; do
        found+=("${word//:/\\:}${about:+:$about}")
    done < <("${words[1]}" --complete "${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null)
    _describe circusctl found
}
if [ "$funcstack[1]" = _circusctl ]; then
    _circusctl "$@"
else
    compdef _circusctl circusctl
fi
"""

FISH = r"""# a file circusctl.fish in ~/.config/fish/completions
function __circusctl_complete
    set -l program (commandline -opc)[1]
    $program --complete (commandline -cp | string collect) 2>/dev/null
end
complete -c circusctl -f -a '(__circusctl_complete)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def script(shell: str) -> str:
    """Return the script of a shell, without its last newline.

    :raises UsageError: there is none
    """
    if shell not in SCRIPTS:
        raise UsageError(f"argument --completion: {shell!r} is none of {', '.join(SCRIPTS)}")
    return SCRIPTS[shell].rstrip("\n")
