//! Writes `docs/compatibility.md` from the checklists and the tags of the tests, and says what is missing.

use std::io::Write as _;
use std::process::ExitCode;

use keyfob_conformance::checklists::{Checklists, page, root};

fn main() -> std::io::Result<ExitCode> {
    let checklists = Checklists::read(&root())?;
    std::fs::write(root().join("docs/compatibility.md"), page(&checklists))?;
    let mut screen = std::io::stdout().lock();
    let complaints = checklists.complaints();
    for complaint in &complaints {
        writeln!(screen, "{complaint}")?;
    }
    let missing = checklists.missing();
    for (id, title) in &missing {
        writeln!(screen, "{id} has neither a test nor a reason: {title}")?;
    }
    writeln!(
        screen,
        "docs/compatibility.md is written; {} complaints, {} lines without test or reason",
        complaints.len(),
        missing.len()
    )?;
    Ok(if complaints.is_empty() && missing.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
