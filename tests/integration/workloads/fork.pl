# Hashes, processes, a pipe, a signal handler, and death by a signal.
use strict;
use warnings;
$| = 1;
my %h;
$h{$_} = [1 .. 10] for 1 .. 10000;
print scalar(keys %h), "\n";
my $pid = fork;
exit 6 unless $pid;
waitpid $pid, 0;
print $? >> 8, "\n";
open my $pipe, '-|', 'echo', 'from a pipe' or die;
print while <$pipe>;
close $pipe;
local $SIG{USR1} = sub { print "got USR1\n" };
kill USR1 => $$;
kill KILL => $$;
