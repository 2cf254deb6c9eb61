use super::*;

fn encrypted(recipients: &[Recipient], plain: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    encrypt(recipients, plain, &mut file).unwrap();
    file
}

fn decrypted(identity: &Identity, file: &[u8]) -> Result<Vec<u8>, AgeError> {
    let mut plain = Vec::new();
    decrypt(identity, file, &mut plain).map(|()| plain)
}

#[test]
fn every_recipient_reads_what_was_written_whatever_its_length() {
    let [ours, theirs] = [Identity::generate().unwrap(), Identity::generate().unwrap()];
    let recipients = [ours.recipient().unwrap(), theirs.recipient().unwrap()];
    for length in [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000] {
        let plain: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        let file = encrypted(&recipients, &plain);
        for identity in [&ours, &theirs] {
            assert!(decrypted(identity, &file).unwrap() == plain, "{length} bytes");
        }
    }
}

#[test]
fn nobody_else_reads_it() {
    let file = encrypted(&[Identity::generate().unwrap().recipient().unwrap()], b"secret");
    let other = Identity::generate().unwrap();
    assert!(matches!(decrypted(&other, &file), Err(AgeError::AnotherRecipient)));
    assert!(!file.windows(6).any(|window| window == b"secret"));
}

#[test]
fn one_changed_bit_and_every_cut_is_found() {
    let identity = Identity::generate().unwrap();
    let file = encrypted(&[identity.recipient().unwrap()], b"a small secret");
    for position in 0..file.len() * 8 {
        let mut changed = file.clone();
        changed[position / 8] ^= 1 << (position % 8);
        assert!(decrypted(&identity, &changed).is_err(), "bit {position}");
    }
    for length in 0..file.len() {
        assert!(decrypted(&identity, &file[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn a_whole_chunk_cannot_be_left_out_or_moved() {
    let identity = Identity::generate().unwrap();
    let file = encrypted(&[identity.recipient().unwrap()], &[9; 3 * 65_536]);
    let start = file.len() - 3 * (65_536 + 16);
    let (head, chunks) = file.split_at(start);
    let chunks: Vec<_> = chunks.chunks(65_536 + 16).collect();
    for order in [[0, 1].as_slice(), &[0, 2], &[1, 0, 2], &[0, 1, 2, 2]] {
        let mut changed = head.to_vec();
        order.iter().for_each(|number| changed.extend(chunks[*number]));
        assert!(decrypted(&identity, &changed).is_err(), "{order:?}");
    }
}

#[test]
fn an_identity_is_read_as_age_keygen_writes_it() {
    let identity = Identity::generate().unwrap();
    let text = format!("# created: today\n# public key: x\n{}\n", identity.to_text().reveal());
    let read = Identity::from_file_text(&SecretText::new(text)).unwrap();
    assert_eq!(read.recipient().unwrap(), identity.recipient().unwrap());
    for text in ["", "# nothing\n", "AGE-SECRET-KEY-1QQQQ\n", "age1ql3z\n"] {
        assert!(Identity::from_file_text(&SecretText::new(text.to_owned())).is_err(), "{text}");
    }
}
