# SPDX-License-Identifier: MIT
# Completion for the heapprof tools; installed under the name of each.

# Base names of profiles, digests, and directories on the way to them.
_heapprof_profiles()
{
	local file

	compopt -o filenames 2>/dev/null
	for file in "$1"*.hpm "$1"*.hpc; do
		[[ -e $file ]] && COMPREPLY+=("${file%.hpm}")
	done
	while IFS= read -r file; do
		COMPREPLY+=("$file")
	done < <(compgen -d -- "$1")
}

_heapprof_files()
{
	local file

	compopt -o filenames 2>/dev/null
	while IFS= read -r file; do
		COMPREPLY+=("$file")
	done < <(compgen "$1" -- "$2")
}

_heapprof_words()
{
	COMPREPLY=($(compgen -W "$1" -- "$2"))
}

# The value of option $1, which so far is $2.  False: it takes none.
_heapprof_value()
{
	case $1 in
	-o | --output)
		_heapprof_files -f "$2"
		;;
	--debug-path | --sysroot)
		_heapprof_files -d "$2"
		;;
	-s | --sample)
		_heapprof_words "all bytes=512K 128:1e-4,8192:0.1" "$2"
		;;
	--max-size)
		_heapprof_words "64M 256M 1G 4G" "$2"
		;;
	-i | --interval)
		_heapprof_words "100ms 1s 10s 1m 1h" "$2"
		;;
	-p | --precision)
		_heapprof_words "0 0.001 0.01 0.1" "$2"
		;;
	--view)
		_heapprof_words "summary time top compare tree flame flow leaks sizes lifetimes events threads" "$2"
		;;
	--format)
		_heapprof_words "text html json csv svg dot collapsed speedscope pprof massif callgrind heaptrack dhat openmetrics firefox" "$2"
		;;
	--color)
		_heapprof_words "auto always never" "$2"
		;;
	--at | --from | --to | --compare)
		_heapprof_words "start peak end mark:" "$2"
		;;
	--metric)
		_heapprof_words "live live-count allocated count freed \
			temporary byte-seconds waste rate" "$2"
		;;
	--fail-if)
		_heapprof_words "'peak>' 'leaked>' 'count>' 'allocated>'" "$2"
		;;
	--by)
		_heapprof_words "line function module thread" "$2"
		;;
	--v1-scale)
		_heapprof_words "declared linux double" "$2"
		;;
	--base)
		_heapprof_profiles "$2"
		;;
	-d | --depth | --seed | -j | --jobs | -n | --top | --focus | \
		--ignore | --min-size | --line | \
		--min-node | --min-edge) ;;
	*)
		return 1
		;;
	esac
}

# Where the program stands in the command line of its tool, if it does.
_heapprof_program()
{
	local i

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--)
			echo $((i + 1))
			return
			;;
		-o | -s | -d | --output | --sample | --seed | --depth | \
			--max-size)
			[[ ${COMP_WORDS[i + 1]} == = ]] && ((i++))
			((i++))
			;;
		-*) ;;
		*)
			echo $i
			return
			;;
		esac
	done
	[[ ${COMP_WORDS[COMP_CWORD]} == -* ]] || echo $COMP_CWORD
}

_heapprof_command()
{
	if declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif ((COMP_CWORD == $1)); then
		compopt -o filenames 2>/dev/null
		COMPREPLY=($(compgen -c -- "${COMP_WORDS[COMP_CWORD]}"))
	else
		_heapprof_files -f "${COMP_WORDS[COMP_CWORD]}"
	fi
}

_heapprof()
{
	local tool=${1##*/} cur=${COMP_WORDS[COMP_CWORD]}
	local prev=${COMP_WORDS[COMP_CWORD - 1]} options program
	local common="--quiet --verbose --help --version"

	COMPREPLY=()
	case $tool in
	heapprof-run)
		options="--output --sample --seed --children --depth
			--max-size --wait"
		;;
	heapprof-stats)
		options="--output"
		;;
	heapprof-digest)
		options="--interval --precision --output --jobs --debug-path
			--sysroot --debuginfod --no-symbols --v1-scale"
		;;
	heapprof-report)
		options="--view --format --output --color --at --from --to
			--compare --base --merge --metric --by --top --focus --ignore --min-size
			--line --min-node
			--min-edge --no-collapse --no-scale --inverted --fail-if --v1-scale"
		;;
	esac

	# Readline gives --view=top as three words.
	if [[ $cur == = ]]; then
		_heapprof_value "$prev" ""
		return
	elif [[ $prev == = ]]; then
		_heapprof_value "${COMP_WORDS[COMP_CWORD - 2]}" "$cur"
		return
	elif [[ $prev == -* ]] && _heapprof_value "$prev" "$cur"; then
		return
	fi

	if [[ $tool == heapprof-run || $tool == heapprof-stats ]]; then
		program=$(_heapprof_program)
		if [[ -n $program ]]; then
			_heapprof_command "$program"
			return
		fi
	fi
	if [[ $cur == -* ]]; then
		_heapprof_words "$options $common" "$cur"
		# A value follows at once, where there is one.
		if [[ ${#COMPREPLY[@]} -eq 1 ]] &&
			(_heapprof_value "${COMPREPLY[0]}" "" >/dev/null); then
			COMPREPLY[0]+="="
			compopt -o nospace 2>/dev/null
		fi
	else
		_heapprof_profiles "$cur"
	fi
}

complete -F _heapprof heapprof-run heapprof-stats heapprof-digest \
	heapprof-report
