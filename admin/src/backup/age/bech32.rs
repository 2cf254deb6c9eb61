//! Bech32 (BIP 173), in which age writes its keys.

const CHARACTERS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
const CHECKSUM: usize = 6;

/// The text for these bytes below this prefix, in lower case.
pub(super) fn encode(prefix: &str, bytes: &[u8]) -> String {
    let mut values = regroup(bytes, 8, 5, true).unwrap_or_default();
    let mut checked = expanded(prefix);
    checked.extend(values.iter().chain(&[0; CHECKSUM]));
    let sum = polymod(&checked) ^ 1;
    values.extend((0..CHECKSUM).map(|place| ((sum >> (5 * (CHECKSUM - 1 - place))) & 31) as u8));
    let letters = values.iter().filter_map(|value| CHARACTERS.get(usize::from(*value)));
    format!("{prefix}1{}", letters.map(|letter| char::from(*letter)).collect::<String>())
}

/// The bytes of a text with this prefix. Upper and lower case are never mixed.
pub(super) fn decode(prefix: &str, text: &str) -> Option<Vec<u8>> {
    let lower = text.to_ascii_lowercase();
    if text != lower && text != text.to_ascii_uppercase() {
        return None;
    }
    let data = lower.strip_prefix(prefix)?.strip_prefix('1')?;
    let value =
        |letter: u8| CHARACTERS.iter().position(|it| *it == letter).and_then(|it| u8::try_from(it).ok());
    let values = data.bytes().map(value).collect::<Option<Vec<_>>>()?;
    let mut checked = expanded(prefix);
    checked.extend(&values);
    let (body, _) = values.split_at_checked(values.len().checked_sub(CHECKSUM)?)?;
    (polymod(&checked) == 1).then(|| regroup(body, 5, 8, false))?
}

fn expanded(prefix: &str) -> Vec<u8> {
    let high = prefix.bytes().map(|letter| letter >> 5);
    high.chain([0]).chain(prefix.bytes().map(|letter| letter & 31)).collect()
}

fn polymod(values: &[u8]) -> u32 {
    values.iter().fold(1, |sum, value| {
        let next = ((sum & 0x01ff_ffff) << 5) ^ u32::from(*value);
        let top = sum >> 25;
        GENERATOR
            .iter()
            .enumerate()
            .fold(next, |next, (bit, add)| if (top >> bit) & 1 == 1 { next ^ add } else { next })
    })
}

/// From groups of so many bits to groups of so many. Without padding, what is left over must be zeros.
fn regroup(values: &[u8], from: u32, to: u32, pad: bool) -> Option<Vec<u8>> {
    let (mut buffer, mut bits, mut out) = (0_u32, 0, Vec::new());
    for value in values {
        buffer = (buffer << from) | u32::from(*value);
        bits += from;
        while bits >= to {
            bits -= to;
            out.push(((buffer >> bits) & ((1 << to) - 1)) as u8);
        }
        buffer &= (1 << bits) - 1;
    }
    if pad && bits > 0 {
        out.push(((buffer << (to - bits)) & ((1 << to) - 1)) as u8);
    }
    (pad || (bits < from && buffer == 0)).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recipient_of_ages_own_documentation_reads_and_writes_back() {
        let text = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
        let bytes = decode("age", text).unwrap();
        assert_eq!((bytes.len(), encode("age", &bytes).as_str()), (32, text));
        assert_eq!(decode("age", &text.to_ascii_uppercase()), Some(bytes));
    }

    #[test]
    fn one_changed_letter_or_another_prefix_is_refused() {
        let text = encode("age", &[7; 32]);
        for position in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[position] = if changed[position] == b'q' { b'p' } else { b'q' };
            assert_eq!(decode("age", &String::from_utf8(changed).unwrap()), None, "{position}");
        }
        assert_eq!(decode("age-secret-key-", &text), None);
        assert_eq!(decode("age", &text.replacen('a', "A", 1)), None);
    }
}
