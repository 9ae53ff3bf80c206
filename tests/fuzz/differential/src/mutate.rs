// SPDX-License-Identifier: MIT
//! Changes of modules, most of which keep the lengths of sections true, so that what is
//! inside of a section is looked at.

const HEADER: usize = 8;

/// Numbers of Marsaglia's xorshift64; the seed is not 0.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() >> 11) as usize % end.max(1)
    }
}

#[derive(Clone)]
struct Section {
    id: u8,
    content: Vec<u8>,
}

fn leb128_read(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let (mut value, mut shift) = (0usize, 0);
    loop {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return Some(value);
        }
        if shift > 28 {
            return None;
        }
    }
}

fn leb128_write(bytes: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// The sections as far as their lengths are true.
fn sections_read(bytes: &[u8]) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut at = HEADER;
    while at < bytes.len() {
        let id = bytes[at];
        at += 1;
        let Some(length) = leb128_read(bytes, &mut at) else {
            break;
        };
        let Some(content) = bytes.get(at..at.saturating_add(length)) else {
            break;
        };
        sections.push(Section {
            id,
            content: content.to_vec(),
        });
        at += length;
    }
    sections
}

fn sections_write(sections: &[Section]) -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    for section in sections {
        bytes.push(section.id);
        leb128_write(&mut bytes, section.content.len());
        bytes.extend_from_slice(&section.content);
    }
    bytes
}

/// Bytes that mean something: types, forms, operators, flags.
const WORDS: [u8; 48] = [
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0b, 0x20, 0x23, 0x40, 0x41, 0x42, 0x4d,
    0x4e, 0x4f, 0x50, 0x5e, 0x5f, 0x60, 0x62, 0x63, 0x64, 0x65, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d,
    0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x74, 0x77, 0x78, 0x7c, 0x7f, 0x80, 0xd0, 0xd2, 0xfb, 0xff,
];

fn bytes_change(random: &mut Random, bytes: &mut Vec<u8>) {
    let at = random.below(bytes.len());
    let word = WORDS[random.below(WORDS.len())];
    match random.below(6) {
        _ if bytes.is_empty() => bytes.push(word),
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at] = word,
        2 => {
            bytes[at] = bytes[at]
                .wrapping_add(random.below(5) as u8)
                .wrapping_sub(2)
        }
        3 => bytes.insert(at, word),
        4 => drop(bytes.remove(at)),
        _ => {
            let end = (at + 1 + random.below(8)).min(bytes.len());
            let piece = bytes[at..end].to_vec();
            let to = random.below(bytes.len());
            bytes.splice(to..to, piece);
        }
    }
}

fn sections_change(random: &mut Random, sections: &mut Vec<Section>, other: &[Section]) {
    let at = random.below(sections.len());
    match random.below(4) {
        0 if !sections.is_empty() => drop(sections.remove(at)),
        1 if !sections.is_empty() => {
            let to = random.below(sections.len());
            sections.swap(at, to);
        }
        _ if !other.is_empty() => {
            let section = other[random.below(other.len())].clone();
            match sections
                .iter()
                .position(|own| own.id >= section.id && own.id != 0)
            {
                Some(place) if sections[place].id == section.id => sections[place] = section,
                Some(place) => sections.insert(place, section),
                None => sections.push(section),
            }
        }
        _ => {}
    }
}

pub fn mutate(random: &mut Random, module: &[u8], other: &[u8]) -> Vec<u8> {
    let mut sections = sections_read(module);
    for _ in 0..1 + random.below(3) {
        if sections.is_empty() || random.below(8) == 0 {
            sections_change(random, &mut sections, &sections_read(other));
        } else {
            let at = random.below(sections.len());
            bytes_change(random, &mut sections[at].content);
        }
    }
    let mut bytes = sections_write(&sections);
    if random.below(32) == 0 {
        bytes_change(random, &mut bytes);
    }
    bytes
}

/// Without the byte at that place, and with a true length of the section that it is in. None:
/// it is in no section's content.
pub fn with_true_lengths(bytes: &[u8], place: usize) -> Option<Vec<u8>> {
    let mut sections = sections_read(bytes);
    let mut end = HEADER;
    for at in 0..sections.len() {
        let start = end;
        end += sections_write(&sections[at..=at]).len() - HEADER;
        let head = end - start - sections[at].content.len();
        if place >= start + head && place < end {
            sections[at].content.remove(place - start - head);
            return Some(sections_write(&sections));
        }
    }
    None
}
