# bash completion for guardslotctl                         -*- shell-script -*-

_guardslotctl() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words=

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		words="list show slots images events top stats doctor --help --version"
	else
		case ${COMP_WORDS[1]} in
		show | slots | images)
			[ "$COMP_CWORD" -ne 2 ] ||
				words=$(guardslotctl list 2>/dev/null | cut -f 1 | tail -n +2)
			;;
		events) words="-n" ;;
		top)
			words="-d -n -s"
			[ "$previous" != -s ] ||
				words="pool resident resets purges faults guard_hits reclaims"
			;;
		stats)
			words="--json --prometheus --output"
			case $previous in
			-o | --output)
				mapfile -t COMPREPLY < <(compgen -f -- "$current")
				return
				;;
			esac
			;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _guardslotctl guardslotctl
