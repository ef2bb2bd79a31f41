//! Embeds the texts on standard input, each behind its length in bytes as an unsigned 32-bit number, one text a request, and writes the vectors to standard output
//! as float32. The argument is the bridge's configuration as JSON.
use akidb_bridge::Bridge;
use std::error::Error;
use std::io::{self, BufWriter, ErrorKind, Read, Write};

fn main() -> Result<(), Box<dyn Error>> {
    let configuration = std::env::args().nth(1).ok_or("usage: rows CONFIGURATION")?;
    let bridge = Bridge::builder().json(configuration).build()?;
    let mut input = io::stdin().lock();
    let mut output = BufWriter::new(io::stdout().lock());
    while let Some(text) = read_text(&mut input)? {
        for value in bridge.embed(&[&text])?.as_slice() {
            output.write_all(&value.to_le_bytes())?;
        }
    }
    output.flush()?;
    Ok(())
}

fn read_text(input: &mut impl Read) -> Result<Option<String>, Box<dyn Error>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let mut text = vec![0; usize::try_from(u32::from_le_bytes(length))?];
    input.read_exact(&mut text)?;
    Ok(Some(String::from_utf8(text)?))
}
