#compdef guardslotctl
# zsh completion for guardslotctl

local -a commands
commands=(
	'list:all pools'
	'show:all that is known of one pool'
	'slots:the slots of a pool'
	'images:the images of a pool'
	'events:what happens, as it happens'
	'top:the busiest pools, live'
	'stats:all counters'
	'doctor:what works here, and what to do about the rest'
	'help:the arguments of a command'
	'version:of this program'
)
if (( CURRENT == 2 )); then
	_describe command commands
	return
fi
case $words[2] in
show | slots | images)
	compadd -- --json -o ${${(f)"$(guardslotctl list -o pool 2>/dev/null)"}[2,-1]}
	;;
list | doctor) compadd -- --json -o ;;
version) compadd -- --json ;;
help) _describe command commands ;;
events) compadd -- --json -o -n ;;
top)
	if [[ $words[CURRENT-1] == -s ]]; then
		compadd -- pool resident resets purges faults guard_hits reclaims
	else
		compadd -- --json -o -d -n -s
	fi
	;;
stats)
	if [[ $words[CURRENT-1] == (-o|--output) ]]; then
		_files
	else
		compadd -- --json --prometheus --output
	fi
	;;
esac
