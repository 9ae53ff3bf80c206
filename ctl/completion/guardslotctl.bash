# bash completion for guardslotctl                         -*- shell-script -*-

_guardslotctl() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words=

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		words="list show slots images events top stats doctor help version"
	else
		case ${COMP_WORDS[1]} in
		show | slots | images)
			words="--json -o $(guardslotctl list -o pool 2>/dev/null | tail -n +2)"
			;;
		list | doctor) words="--json -o" ;;
		version) words="--json" ;;
		help) words="list show slots images events top stats doctor version" ;;
		events) words="--json -o -n" ;;
		top)
			words="--json -o -d -n -s"
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
