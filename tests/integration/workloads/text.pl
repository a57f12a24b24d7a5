# Splits, matches and keeps strings in hashes of hashes.
use strict;
use warnings;

my (%h, @keep);
my ($x, $n) = (12345, 0);
for my $i (1 .. 80000) {
	$x = ($x * 1103515245 + 12345) % 2147483648;
	my $s = sprintf("key%d-%05d:val=%x;", $i % 5003, $x % 99999, $x);
	if ($s =~ /^key(\d+)-(\d{5}):val=([0-9a-f]+);$/) {
		$h{$1}{$2 % 37} .= $3;
		push @{$h{list}{$1 % 101}}, "$2/$3" if $i % 3 == 0;
	}
	(my $t = $s) =~ s/([0-9]+)/<$1>/g;
	my @f = split /[-:=;]/, $t;
	$keep[$i % 1000] = \@f;
	$n += length($t) + @f;
}
my $k = 0;
for my $key (grep { $_ ne 'list' } sort keys %h) {
	$k += length $h{$key}{$_} for sort { $a <=> $b } keys %{$h{$key}};
}
print "$n $k\n";
