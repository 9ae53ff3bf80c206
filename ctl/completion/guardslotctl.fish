# fish completion for guardslotctl

complete -c guardslotctl -f
complete -c guardslotctl -n __fish_use_subcommand -a list -d 'all pools'
complete -c guardslotctl -n __fish_use_subcommand -a show -d 'all that is known of one pool'
complete -c guardslotctl -n __fish_use_subcommand -a slots -d 'the slots of a pool'
complete -c guardslotctl -n __fish_use_subcommand -a images -d 'the images of a pool'
complete -c guardslotctl -n __fish_use_subcommand -a events -d 'what happens, as it happens'
complete -c guardslotctl -n __fish_use_subcommand -a top -d 'the busiest pools, live'
complete -c guardslotctl -n __fish_use_subcommand -a stats -d 'all counters'
complete -c guardslotctl -n __fish_use_subcommand -a doctor -d 'what works here'
complete -c guardslotctl -n __fish_use_subcommand -a help -d 'the arguments of a command'
complete -c guardslotctl -n __fish_use_subcommand -a version -d 'of this program'
complete -c guardslotctl -n '__fish_seen_subcommand_from show slots images' \
	-a '(guardslotctl list -o pool 2>/dev/null | tail -n +2)'
complete -c guardslotctl -n 'not __fish_use_subcommand' -l json -d 'as JSON'
complete -c guardslotctl -n '__fish_seen_subcommand_from list show slots images events top doctor' \
	-s o -x -d 'columns'
complete -c guardslotctl -n '__fish_seen_subcommand_from stats' -l prometheus \
	-d 'as node_exporter reads it'
complete -c guardslotctl -n '__fish_seen_subcommand_from stats' -s o -l output -r -F
complete -c guardslotctl -n '__fish_seen_subcommand_from events top' -s n -x
complete -c guardslotctl -n '__fish_seen_subcommand_from top' -s d -x
complete -c guardslotctl -n '__fish_seen_subcommand_from top' -s s -x \
	-a 'pool resident resets purges faults guard_hits reclaims'
