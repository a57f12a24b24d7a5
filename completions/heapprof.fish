# SPDX-License-Identifier: MIT
# Completion for the heapprof tools; installed under the name of each.

# Base names of profiles, digests, and directories on the way to them.
function __heapprof_profiles
    set -l token (commandline -ct)
    for file in $token*.hpm
        string replace -r '\.hpm$' '' -- $file
    end
    for file in $token*.hpc
        echo $file
    end
    __fish_complete_directories $token
end

# True once heapprof-run or heapprof-stats has its program.
function __heapprof_has_program
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --
                return 0
            case -o -s -d --output --sample --seed --depth --max-size
                set -e words[1]
            case '-*'
            case '*'
                return 0
        end
        set -e words[1]
    end
    return 1
end

for tool in heapprof-run heapprof-stats heapprof-digest heapprof-report
    complete -c $tool -e
    set -l when
    contains $tool heapprof-run heapprof-stats
    and set when -n 'not __heapprof_has_program'
    complete -c $tool $when -f -s q -l quiet -d 'No notes, no progress'
    complete -c $tool $when -f -s v -l verbose -d 'Say more'
    complete -c $tool $when -f -s h -l help -d 'Print a summary of the options'
    complete -c $tool $when -f -s V -l version -d 'Print the version'
end

set -l run complete -c heapprof-run -n 'not __heapprof_has_program'
complete -c heapprof-run -x -a '(__fish_complete_subcommand --fcs-skip=1)' -n __heapprof_has_program
$run -x -a '(__fish_complete_command)'
$run -r -F -s o -l output -d 'Base name of the profile'
$run -x -s s -l sample -a 'all bytes=512K 128:1e-4,8192:0.1' -d 'What to record'
$run -x -l seed -d 'Repeat the sampling of this number'
$run -f -s c -l children -d 'Child processes too'
$run -x -s d -l depth -d 'Innermost frames kept of each stack'
$run -x -l max-size -a '64M 256M 1G 4G' -d 'Stop recording when the files reach it'
$run -f -l wait -d 'Record nothing before heapprof_start()'

set -l stats complete -c heapprof-stats -n 'not __heapprof_has_program'
complete -c heapprof-stats -x -a '(__fish_complete_subcommand --fcs-skip=1)' -n __heapprof_has_program
$stats -x -a '(__fish_complete_command)'
$stats -r -F -s o -l output -d 'File for the table'

set -l digest complete -c heapprof-digest
$digest -f -a '(__heapprof_profiles)'
$digest -x -s i -l interval -a '100ms 1s 10s 1m 1h' -d 'Time between snapshots'
$digest -x -s p -l precision -a '0 0.001 0.01 0.1' -d 'Fraction that goes to other'
$digest -r -F -s o -l output -d 'Instead of BASE.hpc'
$digest -x -s j -l jobs -d 'Threads, also of symbol look-ups'
$digest -x -l debug-path -a '(__fish_complete_directories)' -d 'Look for debug files there, too'
$digest -x -l sysroot -a '(__fish_complete_directories)' -d 'Root directory of the programs'
$digest -f -l debuginfod -d 'Fetch debug files from the servers'
$digest -f -l no-symbols -d 'Leave addresses as module and offset'
$digest -x -l v1-scale -a 'declared linux double' -d 'Of Python heapprof 1.0'

set -l report complete -c heapprof-report
$report -f -a '(__heapprof_profiles)'
$report -x -l view -a 'summary time top compare tree flame flow leaks sizes lifetimes events threads' -d 'What to show'
$report -x -l format -a 'text html json csv svg dot collapsed speedscope pprof massif callgrind heaptrack dhat openmetrics firefox' -d How
$report -r -F -s o -l output -d 'Instead of standard output'
$report -x -l color -a 'auto always never' -d 'When to colour text'
$report -x -l at -a 'start peak end mark:' -d 'Instant to look at'
$report -x -l from -a 'start peak end mark:' -d 'Start of the part to look at'
$report -x -l to -a 'start peak end mark:' -d 'End of the part to look at'
$report -x -l compare -a 'start,peak peak,end' -d 'What changed from one to the other'
$report -x -l base -a '(__heapprof_profiles)' -d 'What changed since that profile'
$report -f -l merge -d 'With all child processes, as one'
$report -x -l metric -a 'live live-count allocated count freed temporary byte-seconds waste rate' -d 'What to measure'
$report -x -l by -a 'line function module thread' -d 'What a row is'
$report -x -s n -l top -d Rows
$report -x -l focus -d 'Only stacks with a frame that matches'
$report -x -l ignore -d 'No stacks with a frame that matches'
$report -x -l line -d 'Follow this line over time'
$report -x -l min-node -a '0 0.01 0.05' -d 'Smallest place of the flow graph'
$report -x -l min-edge -a '0 0.05 0.1' -d 'Smallest call of the flow graph'
$report -f -l no-collapse -d 'Chains of single callers as several places'
$report -f -l no-scale -d 'All places in one size'
$report -f -l inverted -d 'Flame graph from who allocates'
$report -x -l fail-if -a '"peak>" "leaked>" "count>" "allocated>"' -d 'Exit with 4 if that is so'
$report -x -l min-size -a '1K 64K 1M' -d 'Only rows of this many bytes'
$report -x -l v1-scale -a 'declared linux double' -d 'Of Python heapprof 1.0'
