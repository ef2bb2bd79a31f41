//! Embeds with 64 threads while the workers are killed every second, and counts what failed, was wrong or leaked.
//!
//! `stress SECONDS [CONFIGURATION]`; the workers' Python is `AKIDB_EMBEDDING_PYTHON_PATH`. Succeeds when all three are 0. Linux only: it looks into /proc.
use akidb_bridge::{Bridge, ErrorKind};
use std::error::Error;
use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const THREADS: usize = 64;
const TEXTS: usize = 97;

#[derive(Default)]
struct Counts {
    right: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
    wrong: AtomicU64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let seconds = std::env::args().nth(1).ok_or("usage: stress SECONDS [CONFIGURATION]")?.parse()?;
    let texts: Vec<String> = (0..TEXTS).map(|number| format!("text number {number} of {TEXTS}, {}", "with words ".repeat(number % 9))).collect();
    let expected = in_process_rows(&texts)?;

    // What the runtime itself opens, it opens once.
    kill_one_worker(&start()?)?;
    let files = open_files()?;
    let counts = Counts::default();
    let kills = storm(Duration::from_secs(seconds), &texts, &expected, &counts)?;
    let (files_left, children) = (open_files()?.saturating_sub(files), own_children()?);
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    println!(
        "{} right, {} failed, {} wrong, {} leaked ({files_left} descriptors, {} processes); {kills} kills, {} refused as too much and sent again",
        count(&counts.right),
        count(&counts.failed),
        count(&counts.wrong),
        files_left + children.len(),
        children.len(),
        count(&counts.refused),
    );
    if count(&counts.failed) + count(&counts.wrong) == 0 && files_left == 0 && children.is_empty() && kills > 0 && count(&counts.right) > 0 {
        Ok(())
    } else {
        Err("the promise was broken".into())
    }
}

fn start() -> Result<Bridge, akidb_bridge::Error> {
    if let Some(configuration) = std::env::args().nth(2) {
        return Bridge::builder().json(configuration).build();
    }
    let builder = Bridge::builder().workers(2).set("Supervision:QuarantineAfter", "100000").set("Supervision:BackOffBase", "10ms");
    match std::env::var("AKIDB_EMBEDDING_PYTHON_PATH") {
        Ok(python) => builder.python(python).build(),
        Err(_) => builder.build(),
    }
}

fn kill_one_worker(bridge: &Bridge) -> Result<(), Box<dyn Error>> {
    let end = Instant::now() + Duration::from_secs(60);
    while kill_workers(bridge) == 0 {
        if Instant::now() > end {
            return Err(format!("there are no workers: {}", bridge.health_json()?).into());
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

fn kill_workers(bridge: &Bridge) -> u64 {
    let status = bridge.status_json().unwrap_or_default();
    pids(&status).map(|pid| u64::from(Command::new("kill").args(["-9", &pid]).status().is_ok_and(|status| status.success()))).sum()
}

fn storm(duration: Duration, texts: &[String], expected: &[Vec<f32>], counts: &Counts) -> Result<u64, Box<dyn Error>> {
    let bridge = start()?;
    let mut kills = 0;
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (bridge, over) = (&bridge, &over);
            scope.spawn(move || call_again_and_again(thread, bridge, texts, expected, over, counts));
        }
        let end = Instant::now() + duration;
        while Instant::now() < end {
            thread::sleep(Duration::from_secs(1).min(end.saturating_duration_since(Instant::now())));
            kills += kill_workers(&bridge);
        }
        over.store(true, Ordering::Relaxed);
    });
    Ok(kills)
}

fn call_again_and_again(thread: usize, bridge: &Bridge, texts: &[String], expected: &[Vec<f32>], over: &AtomicBool, counts: &Counts) {
    let mut call = thread;
    while !over.load(Ordering::Relaxed) {
        call += THREADS + 1;
        let indices: Vec<usize> = (0..1 + call % 3).map(|offset| (call + offset * 31) % texts.len()).collect();
        let inputs: Vec<&str> = indices.iter().map(|index| texts[*index].as_str()).collect();
        let counter = match bridge.embed(&inputs) {
            Ok(rows) if rows.rows().zip(&indices).all(|(row, index)| is_same(row, &expected[*index])) && rows.len() == indices.len() => &counts.right,
            Ok(_) => &counts.wrong,
            Err(error) if error.kind() == ErrorKind::Overloaded => {
                thread::sleep(error.retry_after().unwrap_or(Duration::from_millis(100)).min(Duration::from_secs(1)));
                &counts.refused
            }
            Err(error) => {
                eprintln!("failed: {:?} {error}", error.kind());
                &counts.failed
            }
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

// What a worker computes in float32 differs in the last bits only.
fn is_same(row: &[f32], expected: &[f32]) -> bool {
    row.len() == expected.len() && row.iter().zip(expected).all(|(one, other)| (one - other).abs() < 2e-6)
}

fn in_process_rows(texts: &[String]) -> Result<Vec<Vec<f32>>, Box<dyn Error>> {
    let bridge = Bridge::builder().provider(akidb_bridge::Provider::Onnx).build()?;
    texts.iter().map(|text| Ok(bridge.embed(&[text])?.row(0).to_vec())).collect()
}

// "pid":123 wherever it stands.
fn pids(json: &str) -> impl Iterator<Item = String> + '_ {
    json.split("\"pid\":").skip(1).map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>()).filter(|pid| !pid.is_empty())
}

fn open_files() -> std::io::Result<usize> {
    Ok(fs::read_dir("/proc/self/fd")?.count())
}

// The processes that name this one as their parent, or as the one they work for.
fn own_children() -> std::io::Result<Vec<String>> {
    let own = std::process::id().to_string();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let command = fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
        if name != own && command.split('\0').skip_while(|argument| *argument != "--parent-pid").nth(1) == Some(own.as_str()) {
            found.push(name);
        }
    }
    Ok(found)
}
