# Reads Authentication-Results fields with Mail::AuthenticationResults.
use strict;
use warnings;
use JSON::PP;
use Mail::AuthenticationResults::Parser;

my $json = JSON::PP->new->canonical;
my ($folder, @names) = @ARGV;
for my $name (@names) {
    open my $file, '<', "$folder/$name" or die "$folder/$name: $!";
    my $field = do { local $/; <$file> };
    my $read = eval { Mail::AuthenticationResults::Parser->new->parse($field) };
    if (!$read) {
        print $json->encode([$name, undef, ["$@"], []]), "\n";
        next;
    }
    my (@results, @others);
    for my $entry (@{ $read->children }) {
        my $kind = ref($entry) =~ s/.*:://r;
        push @others, $kind and next if $kind ne 'Entry';
        my ($reason, @properties) = '';
        for my $part (@{ $entry->children }) {
            next if ref($part) =~ /Comment$/;
            if ($part->key eq 'reason') { $reason = $part->value; next }
            push @properties, [ $part->key, $part->value ];
        }
        @properties = sort { $a->[0] cmp $b->[0] or $a->[1] cmp $b->[1] } @properties;
        push @results, [ $entry->key, $entry->value, $reason, \@properties ];
    }
    print $json->encode([ $name, $read->value->value, \@others, \@results ]), "\n";
}
