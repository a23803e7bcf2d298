//! The courses as a picture.

use crate::report::BAND;
use crate::simulation::{Epoch, Scenario};
use plotters::coord::Shift;
use plotters::prelude::*;
use std::error::Error;

const SIZE: (u32, u32) = (1_500, 1_140);
const EXPECTED: RGBColor = RGBColor(20, 80, 160);
const INCLUDED: RGBColor = RGBColor(225, 120, 30);
const INSIDE: RGBColor = RGBColor(205, 232, 205);
const CHANGE: RGBColor = RGBColor(150, 150, 150);
const TARGET: RGBColor = RGBColor(40, 130, 60);
const LEAST: f64 = 0.08;
const MOST: f64 = 13.0;

/// Returns an SVG picture: a row for each number of operators, a column for each part of the stake that leaves.
///
/// `courses` are those of the first row, then those of the second, `columns` to a row.
///
/// # Errors
/// When the picture cannot be drawn.
pub fn draw(courses: &[(Scenario, Vec<Epoch>)], columns: usize) -> Result<String, Box<dyn Error>> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let (head, body) = root.split_vertically(64);
        title(&head)?;
        let rows = courses.len().div_ceil(columns.max(1));
        for (area, (scenario, course)) in body.split_evenly((rows, columns)).iter().zip(courses) {
            panel(area, scenario, course)?;
        }
        root.present()?;
    }
    Ok(svg)
}

fn title(area: &DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), Box<dyn Error>> {
    let large = ("sans-serif", 22).into_font();
    let small = |colour: &RGBColor| ("sans-serif", 15).into_font().color(colour);
    area.draw(&Text::new(
        "Bundles per epoch, of those wanted, when stake disappears and returns",
        (16, 10),
        large,
    ))?;
    for (text, at, colour) in [
        ("line: bundles to be expected", 16, &EXPECTED),
        ("dots: bundles included, with chance", 300, &INCLUDED),
        ("green: target, and 20 % to each side", 620, &TARGET),
        ("grey: the stake leaves, the stake returns", 950, &CHANGE),
    ] {
        area.draw(&Text::new(text, (at, 40), small(colour)))?;
    }
    Ok(())
}

/// Writes a number below a million with a comma before its thousands.
fn grouped(number: u32) -> String {
    match (number / 1_000, number % 1_000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{thousands},{rest:03}"),
    }
}

/// Labels the lines that leave room for it.
fn label(rate: f64) -> String {
    let text = format!("{rate:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    let labelled = ["0.1", "0.2", "0.5", "1", "2", "5", "10"].contains(&text);
    if labelled { text.to_owned() } else { String::new() }
}

fn panel(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    scenario: &Scenario,
    course: &[Epoch],
) -> Result<(), Box<dyn Error>> {
    let end = f64::from(scenario.epochs());
    let caption = format!(
        "{} operators, {} % of the stake leaves",
        grouped(scenario.operators),
        scenario.away
    );
    let mut chart = ChartBuilder::on(area)
        .caption(caption, ("sans-serif", 17))
        .margin(8)
        .x_label_area_size(38)
        .y_label_area_size(52)
        .build_cartesian_2d(0.0..end, (LEAST..MOST).log_scale())?;
    chart.draw_series([Rectangle::new(
        [(0.0, 1.0 - BAND), (end, 1.0 + BAND)],
        INSIDE.filled(),
    )])?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.08))
        .x_desc("epoch")
        .y_desc("of the target")
        .x_labels(7)
        .y_labels(24)
        .x_label_formatter(&|epoch| format!("{epoch:.0}"))
        .y_label_formatter(&|rate| label(*rate))
        .label_style(("sans-serif", 13))
        .draw()?;
    chart.draw_series([PathElement::new([(0.0, 1.0), (end, 1.0)], TARGET)])?;
    for change in [scenario.before, scenario.before.saturating_add(scenario.during)].map(f64::from) {
        chart.draw_series([PathElement::new(
            [(change, LEAST), (change, MOST)],
            CHANGE.stroke_width(2),
        )])?;
    }
    // An epoch is as wide as it lasts; its bundles stand in its middle.
    let numbered = || (0u32..).map(f64::from).zip(course);
    let steps = numbered().flat_map(|(at, epoch)| [(at, epoch.expected), (at + 1.0, epoch.expected)]);
    chart.draw_series(LineSeries::new(steps, EXPECTED.stroke_width(2)))?;
    chart.draw_series(
        numbered()
            .map(|(at, epoch)| Circle::new((at + 0.5, epoch.included.max(LEAST)), 3, INCLUDED.filled())),
    )?;
    Ok(())
}
