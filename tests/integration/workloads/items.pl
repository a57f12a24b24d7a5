# Prints an XML file of items, the same at every run.
use strict;
use warnings;

print qq(<?xml version="1.0"?>\n<root>\n);
for my $i (1 .. 15000) {
	printf qq(<item id="%d" cat="c%d"><name>Name %d &amp; co</name>)
		. qq(<price cur="EUR">%.2f</price><desc>text %s</desc></item>\n),
		$i, $i % 50, $i, $i * 1.1, "lorem " x ($i % 9);
}
print "</root>\n";
