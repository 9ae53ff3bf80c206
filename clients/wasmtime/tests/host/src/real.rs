// SPDX-License-Identifier: MIT
//! Programs of others as modules: SQLite (C), QuickJS (C), an XML parser (Rust), and a filter
//! that takes secrets out of logs (Go). Their inputs, and their calls.

use crate::program::Running;
use std::fmt::Write;
use wasmtime::*;

/// Numbers of a seed: the same ones each time.
struct Lots(u64);

impl Lots {
    fn new(seed: u32) -> Lots {
        Lots((u64::from(seed) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn draw(&mut self, bound: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((self.0 >> 33) as u32) % bound
    }
}

/// Statements, of which the last one is wrong for some seeds.
pub fn sqlite_input(seed: u32) -> Vec<u8> {
    let mut lots = Lots::new(seed);
    let mut text = String::from("BEGIN;");
    for _ in 0..24 {
        let (a, b) = (lots.draw(1 << 24), lots.draw(17));
        let _ = write!(
            text,
            "INSERT INTO word(text, length) VALUES('tenant {a:x}', {b});"
        );
    }
    let (step, low) = (lots.draw(5) + 2, lots.draw(100));
    let _ = write!(
        text,
        "COMMIT; UPDATE word SET text = upper(text) WHERE id % {step} = 0;
        SELECT length, count(*), min(text), max(text) FROM word GROUP BY length ORDER BY 2, 1;
        SELECT text FROM word WHERE text LIKE 'tenant%' ORDER BY text DESC LIMIT 10;
        SELECT a.id, b.id FROM word a JOIN word b ON b.text > a.text
        WHERE a.id BETWEEN {low} AND {low} + 3 ORDER BY a.text, b.text LIMIT 12;
        DELETE FROM word WHERE id < {low}; SELECT count(*), sum(id) FROM word;"
    );
    if seed % 8 == 7 {
        let _ = write!(text, "SELECT * FROM tenant_{seed};");
    }
    text.into_bytes()
}

/// A script, which throws for some seeds.
pub fn quickjs_input(seed: u32) -> Vec<u8> {
    let mut lots = Lots::new(seed);
    let (count, modulus) = (lots.draw(60) + 40, lots.draw(90) + 7);
    let throws = if seed % 8 == 7 { "null.x;" } else { "" };
    format!(
        "let x = {seed} + 1; const next = () => x = (x * 48271) % 2147483647;
        const rows = Array.from({{length: {count}}}, (_, i) => ({{id: i, key: next() % {modulus}, \
        name: `tenant ${{next().toString(36)}}`}}));
        rows.sort((a, b) => a.key - b.key || a.id - b.id);
        const groups = new Map();
        for (const row of rows) groups.set(row.key, (groups.get(row.key) ?? []).concat(row.name));
        print(JSON.stringify([...groups].slice(0, 8)));
        print(rows.map(r => r.name.replace(/[aeiou]+/g, v => v.toUpperCase())).join().length);
        function fib(n) {{ return n < 2 ? n : fib(n - 1) + fib(n - 2); }}
        print(fib({} % 6 + 9), 2n ** 200n % {modulus}n, (0.1 * {count}).toFixed(20)); {throws}",
        seed
    )
    .into_bytes()
}

/// A document, which ends too early for some seeds.
pub fn sax_input(seed: u32) -> Vec<u8> {
    let mut lots = Lots::new(seed);
    let mut text = String::from("<?xml version=\"1.0\"?><!-- rows --><rows>\n");
    for i in 0..lots.draw(40) + 60 {
        let (a, b) = (lots.draw(1 << 20), lots.draw(7));
        let _ = match b {
            0 => write!(text, "<![CDATA[ tenant {a:x} < {i} ]]>"),
            1 => write!(text, "<empty key='{a}'/>"),
            _ => writeln!(
                text,
                "<row id=\"{i}\" key='{a:x}'><b{b}>tenant {a}</b{b}></row>"
            ),
        };
    }
    if seed % 8 != 7 {
        text += "</rows>";
    }
    text.into_bytes()
}

/// Lines of a log, some with what looks like a secret.
pub fn redact_input(seed: u32) -> Vec<u8> {
    let mut lots = Lots::new(seed);
    let mut text = String::new();
    for i in 0..lots.draw(6) + 4 {
        let (a, b) = (lots.draw(1 << 30), lots.draw(1 << 30));
        let _ = match lots.draw(4) {
            0 => writeln!(text, "{i} password=T{a:x}q{b:x}Zz9 user=tenant{a}"),
            1 => writeln!(text, "{i} Authorization: Bearer ey{b:x}J9{a:x}.{a:x}{b:x}"),
            2 => writeln!(text, "{i} card 4111 1111 1111 1111 for tenant {a}"),
            _ => writeln!(text, "{i} GET /rows/{a} took {} ms", b % 100),
        };
    }
    text.into_bytes()
}

impl Running {
    fn write(&mut self, at: u32, bytes: &[u8]) -> Result<()> {
        Ok(self.memory().write(&mut self.store, at as usize, bytes)?)
    }

    /// As "qjs -e SCRIPT", without an end of the process.
    pub fn quickjs(&mut self) -> Result<u32> {
        let script = [self.store.data().input.as_slice(), &[0]].concat();
        self.call0("_initialize")?;
        let mut words = [0u32; 4];
        for (word, text) in words.iter_mut().zip([&b"qjs\0"[..], b"-e\0", &script]) {
            *word = self.call("malloc", text.len() as u32)?;
            self.write(*word, text)?;
        }
        let vector: u32 = self.call("malloc", 16u32)?;
        self.write(vector, &words.map(u32::to_le_bytes).concat())?;
        let result = self.call::<_, u32>("qjs_init_argv", (3u32, vector))?;
        self.call0("qjs_destroy")?;
        Ok(result)
    }

    /// All kinds of events. The parser reads from where JavaScript puts a chunk, too.
    pub fn sax(&mut self) -> Result<u32> {
        let document = self.store.data().input.clone();
        self.call::<_, ()>("parser", 0x3ffu32)?;
        for chunk in document.chunks(2048) {
            self.write(4, chunk)?;
            self.call::<_, ()>("write", (4u32, chunk.len() as u32))?;
        }
        self.call0("end")?;
        Ok(0)
    }

    pub fn redact(&mut self) -> Result<u32> {
        let log = self.store.data().input.clone();
        let config = br#"{"salt": "0123456789abcdef", "entity_type_labels": true}"#;
        self.call0("_initialize")?;
        let at: u32 = self.call("allocate", config.len() as u32)?;
        self.write(at, config)?;
        self.call::<_, ()>("init_config", (at, config.len() as u32))?;
        let at: u32 = self.call("allocate", log.len() as u32)?;
        self.write(at, &log)?;
        let packed: u64 = self.call("redact", (at, log.len() as u32))?;
        let mut result = vec![0; packed as u32 as usize];
        self.memory()
            .read(&self.store, (packed >> 32) as usize, &mut result)?;
        self.store.data_mut().out(&result);
        Ok(result.len() as u32)
    }
}
