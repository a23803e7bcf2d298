//! What farmers stored and won, and whether it is as it should be.

use crate::block::Block;
use crate::domains::EVM;
use crate::member::Noted;
use crate::node::Node;
use crate::problem::Problem;
use crate::retrace::{Retraced, bring_back, retrace};
use crate::setup::Setup;
use crate::simulation::Simulation;
use crate::summary::{Check, count, grouped};
use decex_core::Randomness;
use decex_farmer::plot;
use decex_storage_audit::{HistoryRoots, HistorySize};
use serde::{Deserialize, Serialize};

/// What farmers stored and won.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Farming {
    /// Segments of history.
    pub segments: u32,
    /// Bytes of a segment.
    pub segment_bytes: u32,
    /// Bytes of all blocks of the chain.
    pub chain_bytes: u64,
    /// Sectors at the end.
    pub sectors: usize,
    /// Pieces of a sector.
    pub sector_pieces: u16,
    /// Sectors plotted since the beginning.
    pub plotted: u64,
    /// Sectors that expired.
    pub expired: u64,
    /// Audits: one for each sector and slot.
    pub audits: u64,
    /// Solutions proven.
    pub solutions: u64,
    /// How many pieces the range at the end is right for.
    pub range_pieces: u64,
    /// Each farmer.
    pub farmers: Vec<Farmer>,
}

/// What a farmer stored and won.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Farmer {
    /// Which.
    pub index: u32,
    /// Audits of its sectors: its share of them is its share of the space, over the whole run.
    pub audits: u64,
    /// Blocks on the chain at the end.
    pub wins: u64,
}

impl Farming {
    /// Returns names and texts of the lines that people read.
    #[must_use]
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        // Only a summary of nothing has no history.
        if self.segments == 0 {
            return Vec::new();
        }
        let segments = count(self.segments, "segment");
        let size = grouped(self.segment_bytes.wrapping_div(1024));
        let wins = self.farmers.iter().map(|farmer| farmer.wins);
        let wins: u64 = wins.fold(0, u64::saturating_add);
        let sectors = count(self.sectors, "sector");
        let pieces = count(self.sector_pieces, "piece");
        let [plotted, expired, audits] = [self.plotted, self.expired, self.audits].map(grouped);
        let mut lines = vec![
            (
                "history",
                format!(
                    "{segments} of {size} KiB; {} of blocks",
                    count(self.chain_bytes, "byte")
                ),
            ),
            (
                "plots",
                format!("{sectors} of {pieces} at the end; {plotted} plotted, {expired} expired"),
            ),
            (
                "audits",
                format!(
                    "{audits} of sectors, {}, {}; the range fits {}",
                    count(self.solutions, "solution"),
                    count(wins, "block"),
                    count(self.range_pieces, "piece")
                ),
            ),
        ];
        for (place, farmer) in self.farmers.iter().enumerate() {
            let [space, blocks] =
                [(farmer.audits, self.audits), (farmer.wins, wins)].map(|(part, all)| percent(part, all));
            let text = format!(
                "farmer {}: {space} of the space audited, {blocks} of the blocks ({})",
                farmer.index,
                grouped(farmer.wins)
            );
            lines.push((if place == 0 { "farmers" } else { "" }, text));
        }
        lines
    }
}

/// Writes a share with one digit after the point, rounded down.
fn percent(part: u64, all: u64) -> String {
    let tenths = part.saturating_mul(1000).checked_div(all).unwrap_or(0);
    format!("{}.{} %", tenths.wrapping_div(10), tenths.wrapping_rem(10))
}

/// Sums up what farmers did, and checks the chain's audit from the blocks of the branch that the first node ended on.
///
/// # Errors
/// When the run has no nodes.
pub fn sum_up(simulation: &Simulation, noted: &[Noted]) -> Result<(Farming, Vec<Check>), Problem> {
    let setup = &simulation.setup;
    let first = simulation
        .nodes
        .first()
        .ok_or_else(|| Problem::new("the summary", "the run has no nodes"))?;
    let blocks = first.blocks();
    let retraced = retrace(setup, setup.first_range(), &blocks);
    let checks = vec![
        won(&retraced, &blocks),
        one_history(&retraced, &simulation.nodes),
        seeded(&retraced, setup, noted),
        restored(&retraced, setup, &blocks),
        sound(setup, &simulation.nodes),
    ];
    let counts = |node: &Node| node.memory.farm;
    let sum = |of: &dyn Fn(&Node) -> u64| simulation.nodes.iter().map(of).fold(0, u64::saturating_add);
    let Ok(HistorySize(segments)) = first.chain.host().segments();
    let farmers = simulation.nodes.iter().map(|node| Farmer {
        index: node.index,
        audits: counts(node).audits,
        wins: retraced.as_ref().map_or(0, |retraced| {
            let wins = retraced.wins.get(&setup.farmer(node.index));
            wins.copied().unwrap_or(0)
        }),
    });
    let farming = Farming {
        segments,
        segment_bytes: setup.audit.segment_bytes(),
        chain_bytes: retraced.as_ref().map_or(0, |retraced| retraced.bytes),
        sectors: simulation
            .nodes
            .iter()
            .map(|node| node.farm.sectors().len())
            .sum(),
        sector_pieces: setup.audit.pieces().get(),
        plotted: sum(&|node| counts(node).plotted),
        expired: sum(&|node| counts(node).expired),
        audits: sum(&|node| counts(node).audits),
        solutions: sum(&|node| counts(node).solutions),
        range_pieces: setup.era.pieces_for(first.chain.host().audit().range),
        farmers: farmers.collect(),
    };
    Ok((farming, checks))
}

type Outcome = Result<Retraced, Problem>;

fn won(retraced: &Outcome, blocks: &[&Block]) -> Check {
    let detail = match retraced {
        Ok(retraced) => {
            let wins = retraced.wins.values().copied().fold(0, u64::saturating_add);
            format!("{wins} of {}", blocks.len().saturating_sub(1))
        }
        Err(problem) => problem.to_string(),
    };
    Check::new(
        "every block was won by a solution that holds",
        retraced.is_ok(),
        detail,
    )
}

/// On every node, roots and range are what the blocks come to.
fn one_history(retraced: &Outcome, nodes: &[Node]) -> Check {
    let name = "every node keeps the same history";
    let Ok(retraced) = retraced else {
        return Check::new(name, false, "the blocks do not hold".into());
    };
    let roots = |node: &Node| {
        let host = node.chain.host();
        let Ok(HistorySize(length)) = host.segments();
        let roots = (0..length).map(|index| host.segment_root(index).ok().flatten());
        roots.collect::<Vec<_>>()
    };
    let expected = retraced.history.iter().map(|archived| Some(archived.header.root));
    let expected: Vec<_> = expected.collect();
    let same = |node: &&Node| roots(node) == expected && node.chain.host().audit().range == retraced.range;
    let agreeing = nodes.iter().filter(same).count();
    let detail = format!("{agreeing} of {} nodes", nodes.len());
    Check::new(name, agreeing == nodes.len(), detail)
}

/// The order of each domain block follows from the solution in the consensus block after its inbox.
fn seeded(retraced: &Outcome, setup: &Setup, noted: &[Noted]) -> Check {
    let name = "every schedule is seeded by a block's solution";
    let Ok(retraced) = retraced else {
        return Check::new(name, false, "the blocks do not hold".into());
    };
    let right = count_seeded(setup, &retraced.outputs, noted);
    let ok = right == noted.len() && right > 0;
    Check::new(name, ok, format!("{right} of {}", noted.len()))
}

/// Returns how many domain blocks are seeded by what the consensus block after their inbox left behind. `outputs` are those of all
/// consensus blocks, genesis first.
pub(crate) fn count_seeded(setup: &Setup, outputs: &[Randomness], noted: &[Noted]) -> usize {
    let right = noted.iter().filter(|noted| {
        let context = &noted.block.context;
        let brought_by = context
            .consensus_number
            .0
            .saturating_add(setup.evm().params.seed_delay.into())
            .saturating_sub(1);
        let output = usize::try_from(brought_by).ok();
        let output = output.and_then(|place| outputs.get(place));
        output.is_some_and(|output| {
            let seed = decex_shuffle::compute_seed(output, EVM, context.consensus_number, &noted.inbox);
            seed == context.seed
        })
    });
    right.count()
}

fn restored(retraced: &Outcome, setup: &Setup, blocks: &[&Block]) -> Check {
    let name = "history comes back from half of its pieces";
    let Ok(retraced) = retraced else {
        return Check::new(name, false, "the blocks do not hold".into());
    };
    match bring_back(setup, &retraced.history, blocks) {
        Ok(read) => {
            let segments = count(retraced.history.len(), "segment");
            let detail = format!("{segments}, {} byte for byte", count(read, "block"));
            Check::new(name, !retraced.history.is_empty(), detail)
        }
        Err(problem) => Check::new(name, false, problem.to_string()),
    }
}

fn sound(setup: &Setup, nodes: &[Node]) -> Check {
    let sectors: Vec<_> = nodes.iter().flat_map(|node| node.farm.sectors()).collect();
    let sound = sectors.iter().filter(|sector| {
        let report = plot::check(&setup.audit, sector.plot.sector(), &sector.file);
        report.is_ok_and(|report| report.is_sound())
    });
    let sound = sound.count();
    let detail = format!("{sound} of {}", sectors.len());
    Check::new("every plot is sound", sound == sectors.len() && sound > 0, detail)
}
