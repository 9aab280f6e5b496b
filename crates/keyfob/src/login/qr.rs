//! An address as a QR code for a terminal, two modules per character cell.

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// The largest address drawn: more would not fit a terminal of 80 columns.
const MAX_LEN: usize = 1_000;

/// Draws `text` as half blocks, with the quiet zone that scanners need.
///
/// Light modules are drawn in the foreground colour, which suits dark terminals; `colours` makes
/// the code white on black by escape sequences, which suits every terminal. `None` if it is too
/// long to draw.
pub fn qr_code(text: &str, colours: bool) -> Option<String> {
    if text.len() > MAX_LEN {
        return None;
    }
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let drawn = code
        .render::<Dense1x2>()
        .quiet_zone(true)
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .build();
    let line = |line: &str| {
        if colours {
            format!("\u{1b}[97;40m{line}\u{1b}[0m\n")
        } else {
            format!("{line}\n")
        }
    };
    Some(drawn.lines().map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_the_modules_with_a_quiet_zone() {
        let text = "https://id.example.com/device?user_code=WDJB-MJHT";
        let drawn = qr_code(text, false).unwrap();
        let code = QrCode::with_error_correction_level(text, EcLevel::L).unwrap();
        let width = code.width() + 8;
        let rows: Vec<Vec<char>> = drawn.lines().map(|line| line.chars().collect()).collect();
        assert_eq!(rows.len(), width.div_ceil(2));
        assert!(rows.iter().all(|row| row.len() == width));
        assert!(rows[0].iter().all(|cell| *cell == '█'), "quiet zone above");
        let colors = code.to_colors();
        for y in 0..code.width() {
            for x in 0..code.width() {
                let (row, column) = (y + 4, x + 4);
                let cell = rows[row / 2][column];
                let lit = if row % 2 == 0 { "█▀" } else { "█▄" };
                let dark = colors[y * code.width() + x] == qrcode::Color::Dark;
                assert_eq!(lit.contains(cell), !dark, "module {x},{y}");
            }
        }
    }

    #[test]
    fn colours_every_line_and_resets_it() {
        let drawn = qr_code("https://id.example.com", true).unwrap();
        assert!(
            drawn
                .lines()
                .all(|line| line.starts_with("\u{1b}[") && line.ends_with("\u{1b}[0m"))
        );
    }

    #[test]
    fn refuses_what_would_not_fit() {
        assert_eq!(qr_code(&"x".repeat(MAX_LEN + 1), false), None);
    }
}
