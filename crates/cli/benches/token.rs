//! `keyfob token` with a good cached token against the smallest Rust program that reads the same JSON.
//!
//! `cargo bench --profile release -p keyfob-cli --bench token -- --check`: both run as child processes,
//! in turn, and above the limits it fails. The limits are for the binary that is shipped, so for the
//! release profile; `--keyfob FILE` measures another one, `--rounds N` asks for more rounds.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark that cannot run says why and stops"
)]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Set in the child that plays the reference program: the file to read.
const REFERENCE: &str = "KEYFOB_BENCH_REFERENCE";
const MAX_RATIO: f64 = 1.3;
const MAX_PEAK_KIB: u64 = 4 * 1024;

#[derive(serde::Deserialize)]
struct TokenFile {
    access_token: String,
}

fn main() -> ExitCode {
    if let Some(path) = std::env::var_os(REFERENCE) {
        return reference(Path::new(&path));
    }
    let options = Options::from_arguments();
    let home = tempfile::tempdir().expect("a temporary folder");
    let token_file = profile(home.path());
    let mut keyfob = Command::new(&options.keyfob);
    keyfob
        .args(["token", "-p", "bench", "--home"])
        .arg(home.path());
    let mut reference = Command::new(std::env::current_exe().expect("the path of this program"));
    reference.env(REFERENCE, &token_file);
    let (ours, theirs) = rounds(&mut keyfob, &mut reference, options.rounds);
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    println!("rounds                 {} each, in turn", options.rounds);
    println!("median, keyfob token   {:.3} ms", ours.as_secs_f64() * 1e3);
    println!(
        "median, reference      {:.3} ms",
        theirs.as_secs_f64() * 1e3
    );
    println!("ratio                  {ratio:.3} (limit {MAX_RATIO})");
    let peak = peak_kib(&mut keyfob);
    if let (Some(ours), Some(theirs)) = (peak, peak_kib(&mut reference)) {
        println!(
            "peak memory            {ours} KiB (reference {theirs} KiB, limit {MAX_PEAK_KIB})"
        );
    }
    let within = ratio <= MAX_RATIO && peak.is_none_or(|peak| peak <= MAX_PEAK_KIB);
    if options.check && !within {
        println!("over the limit");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The smallest program that does the job without keyfob.
fn reference(path: &Path) -> ExitCode {
    let text = std::fs::read(path).expect("the token file");
    let file: TokenFile = serde_json::from_slice(&text).expect("JSON");
    println!("{}", file.access_token);
    ExitCode::SUCCESS
}

struct Options {
    keyfob: PathBuf,
    rounds: usize,
    check: bool,
}

impl Options {
    fn from_arguments() -> Self {
        let mut options = Self {
            keyfob: env!("CARGO_BIN_EXE_keyfob").into(),
            rounds: 500,
            check: false,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--check" => options.check = true,
                "--keyfob" => options.keyfob = arguments.next().expect("a file").into(),
                "--rounds" => options.rounds = number(arguments.next()),
                // Cargo adds this one.
                "--bench" => {}
                other => panic!("unknown argument {other}"),
            }
        }
        options
    }
}

fn number(text: Option<String>) -> usize {
    text.and_then(|text| text.parse().ok())
        .filter(|n| *n >= 200)
        .expect("at least 200")
}

/// A profile as a login leaves it: a JWT of the usual size, good for an hour.
fn profile(home: &Path) -> PathBuf {
    let folder = home.join("bench");
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a time after 1970")
        .as_secs();
    let config = serde_json::json!({
        "client_type": "oidc_auth_code",
        "auth_server": "https://id.example",
        "client_id": "bench",
        "redirect_uri": "http://127.0.0.1/callback",
        "scopes": ["openid", "offline_access"],
    });
    let token = serde_json::json!({
        "access_token": format!("header.{}.{}", "p".repeat(900), "s".repeat(342)),
        "refresh_token": "r".repeat(43),
        "id_token": format!("header.{}.{}", "p".repeat(700), "s".repeat(342)),
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "openid offline_access",
        "_iat": now,
        "_exp": now + 3600,
    });
    std::fs::create_dir(&folder).expect("a folder");
    private(&folder.join("auth_client.json"), &config);
    private(&folder.join("token.json"), &token);
    restrict(&folder, 0o700);
    restrict(home, 0o700);
    folder.join("token.json")
}

fn private(path: &Path, value: &serde_json::Value) {
    std::fs::write(path, format!("{value:#}")).expect("a file");
    restrict(path, 0o600);
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

#[cfg(not(unix))]
fn restrict(_path: &Path, _mode: u32) {}

/// The median time of each, run in turn, the first place alternating.
fn rounds(ours: &mut Command, theirs: &mut Command, rounds: usize) -> (Duration, Duration) {
    assert_eq!(
        output(ours),
        output(theirs),
        "both programs print the same token"
    );
    for _ in 0..20 {
        time(ours);
        time(theirs);
    }
    let (mut a, mut b) = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
    for round in 0..rounds {
        if round % 2 == 0 {
            a.push(time(ours));
            b.push(time(theirs));
        } else {
            b.push(time(theirs));
            a.push(time(ours));
        }
    }
    (median(a), median(b))
}

fn output(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("the program runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

fn time(command: &mut Command) -> Duration {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let begin = Instant::now();
    let status = command.status().expect("the program runs");
    let time = begin.elapsed();
    assert!(status.success());
    time
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Peak memory, read while the program is stuck in its last step: writing into a full pipe.
///
/// (The numbers of `wait4` count what the child shared with its parent before `exec`, too.)
fn peak_kib(command: &mut Command) -> Option<u64> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let (mut reader, mut writer) = std::io::pipe().ok()?;
    writer.write_all(&vec![b'x'; 64 * 1024]).ok()?;
    let mut child = command.stdout(writer).spawn().ok()?;
    command.stdout(Stdio::null());
    let status = format!("/proc/{}/status", child.id());
    let wchan = format!("/proc/{}/syscall", child.id());
    let deadline = Instant::now() + Duration::from_secs(10);
    let peak = loop {
        // System call 1 is `write` here, its first argument 1 is stdout.
        let call = std::fs::read_to_string(&wchan).unwrap_or_default();
        let stuck = call.starts_with("1 0x1 ") || call.starts_with("64 0x1 ");
        if stuck || Instant::now() > deadline {
            break field(&std::fs::read_to_string(&status).ok()?, "VmHWM:");
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let mut all = Vec::new();
    let drained = std::thread::spawn(move || reader.read_to_end(&mut all));
    child.wait().ok()?;
    drop(drained);
    peak
}

fn field(status: &str, name: &str) -> Option<u64> {
    status
        .lines()
        .find_map(|line| line.strip_prefix(name))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}
