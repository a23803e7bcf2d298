//! Rules B and L: inclusion, legality, equivocation, sealing.

use super::common::{ENGINE_NAME, accounts, engine, read_params};
use super::json::{Fields, number, scale, scales};
use super::{Draft, Operation, Outcome};
use decex_bundle::{
    AccountView, Base, Carried, Draft as HeaderDraft, Enforcement, Equivocation, Illegal, IncludeError,
    IncludedBundle, InclusionView, InvalidBundle, InvalidEquivocation, Item, SealError, SealingRecord,
    Standing, Terms, Verdict, check_header, judge, seal_bundle,
};
use decex_core::execution::Account;
use decex_core::hash::{Digest, Hash};
use decex_core::params::WHOLE_RING;
use decex_core::transaction::Summary;
use decex_core::{
    DomainId, DomainNumber, HeaderHash, Host, OperatorId, Randomness, ReceiptHash, SenderId, Slot, Window,
    label, list,
};
use decex_election::{Challenge, FACTOR_ONE, InvalidWindow, Odds, Share, SubmissionView, verify};
use decex_receipt::{Bundle, Submission};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;

mod body;
mod evidence;
mod header;

/// The operations of the crate.
pub const OPERATIONS: &[Operation] = &[
    Operation::of("decex-bundle", "bundle.include", run_include, include),
    Operation::of("decex-bundle", "bundle.judge", run_judge, evidence::judge),
    Operation::of(
        "decex-bundle",
        "bundle.equivocation",
        run_equivocation,
        evidence::equivocation,
    ),
    Operation::of("decex-bundle", "bundle.seal", run_seal, evidence::seal),
];

fn include() -> Vec<Draft> {
    [header::drafts(), body::drafts()].concat()
}

/// What the host of a case knows.
struct View {
    domain: DomainId,
    terms: Option<Terms>,
    operator: OperatorId,
    standing: Option<Standing>,
    randomness: Option<Randomness>,
    used: bool,
    bases: Vec<Base>,
    head: DomainNumber,
    unexecuted: u64,
    in_block: u32,
    accounts: BTreeMap<SenderId, Account>,
}

impl View {
    fn read(given: Fields<'_>) -> Self {
        let terms = |from: Fields<'_>| Terms {
            params: read_params(from),
            active: from.flag("active"),
        };
        let standing = |from: Fields<'_>| Standing {
            key: from.scale("key"),
            share: Share::new(from.amount("stake"), from.amount("total")).expect("a share"),
            factor: from.number("factor"),
            eligible: from.flag("eligible"),
        };
        Self {
            domain: DomainId(given.number("domain")),
            terms: (!given.is_null("terms")).then(|| terms(given.fields("terms"))),
            operator: OperatorId(given.number("operator")),
            standing: (!given.is_null("standing")).then(|| standing(given.fields("standing"))),
            randomness: given.optional("randomness"),
            used: given.flag("window_used"),
            bases: given.scales("bases"),
            head: DomainNumber(given.number("head")),
            unexecuted: given.number("unexecuted"),
            in_block: given.number("bundles_in_block"),
            accounts: accounts(given),
        }
    }
}

impl Host for View {
    type Error = Infallible;
}

impl SubmissionView for View {
    fn has_submitted(&self, _: DomainId, _: OperatorId, _: Window) -> Result<bool, Infallible> {
        Ok(self.used)
    }
}

impl InclusionView for View {
    fn terms(&self, domain: DomainId) -> Result<Option<Terms>, Infallible> {
        Ok(self.terms.clone().filter(|_| domain == self.domain))
    }
    fn standing(&self, _: DomainId, operator: OperatorId, _: Window) -> Result<Option<Standing>, Infallible> {
        Ok(self.standing.filter(|_| operator == self.operator))
    }
    fn randomness(&self, _: DomainId, _: Window) -> Result<Option<Randomness>, Infallible> {
        Ok(self.randomness)
    }
    fn base(&self, _: DomainId, hash: &ReceiptHash) -> Result<Option<Base>, Infallible> {
        Ok(self.bases.iter().find(|base| base.hash == *hash).copied())
    }
    fn head(&self, _: DomainId) -> Result<DomainNumber, Infallible> {
        Ok(self.head)
    }
    fn unexecuted(&self, _: DomainId) -> Result<u64, Infallible> {
        Ok(self.unexecuted)
    }
    fn bundles_in_block(&self, _: DomainId) -> Result<u32, Infallible> {
        Ok(self.in_block)
    }
}

impl AccountView for View {
    fn account(&self, _: DomainId, _: &Base, sender: &SenderId) -> Result<Account, Infallible> {
        Ok(self.accounts.get(sender).copied().unwrap_or_default())
    }
}

fn run_include(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let view = View::read(given);
    let bundle: Bundle = when.scale("bundle");
    let engine = engine(given);
    let judges = Enforcement {
        engine: &engine,
        accounts: &view,
    };
    let now = Slot(given.number("now"));
    let result =
        check_header(&view, now, &bundle).and_then(|checked| checked.check_body(&view, Some(judges)));
    let steps = steps_of(&view, &bundle);
    match result {
        Ok(included) => Outcome::ok(steps, included_value(&included)),
        Err(IncludeError::Invalid(invalid)) => Outcome::err_because(steps, invalid.code(), cause(&invalid)),
        Err(error) => panic!("{error}"),
    }
}

fn included_value(included: &IncludedBundle) -> Value {
    json!({
        "window": number(included.window().0),
        "inboxed": included.inboxed().map(scale),
        "inbox_leaf": included.inboxed().map(|inboxed| scale(&inboxed.leaf())),
    })
}

/// The rule of another page that is broken within.
fn cause(invalid: &InvalidBundle) -> Option<u16> {
    match invalid {
        InvalidBundle::Window(error) => Some(InvalidWindow::code(error)),
        InvalidBundle::Election(error) => Some(error.code()),
        InvalidBundle::Seal(error) => Some(error.code()),
        InvalidBundle::Illegal { fault } => Some(code_of(fault.rule)),
        _ => None,
    }
}

fn steps_of(view: &View, bundle: &Bundle) -> Value {
    let summaries: Vec<Summary> = bundle.body.iter().map(Item::compute_summary).collect();
    let leaves: Vec<Digest> = summaries.iter().map(Summary::leaf).collect();
    let receipts: Vec<Digest> = bundle.receipts.iter().map(Submission::compute_leaf).collect();
    json!({
        "header_hash": scale(&bundle.header.header.compute_hash()),
        "body_leaves": scales(&leaves),
        "body_root": scale(&list::root(&leaves)),
        "receipt_leaves": scales(&receipts),
        "receipts_root": scale(&list::root(&receipts)),
        "portion": portion(view, bundle),
    })
}

/// The points of the ring that B17 compares, where the portion is not the whole ring and the proof holds.
fn portion(view: &View, bundle: &Bundle) -> Option<Value> {
    let portion = view.terms.as_ref()?.params.portion;
    let header = &bundle.header.header;
    let challenge = Challenge {
        domain: header.domain,
        window: header.election.window,
        randomness: view.randomness?,
    };
    let standing = view.standing?;
    let odds = Odds::new(1, 1, FACTOR_ONE).ok()?;
    let elected = verify(
        &standing.key,
        &challenge,
        &odds,
        &standing.share,
        &header.election,
    )
    .ok()?;
    let point = |sender: &SenderId| {
        Hash::new(&label::PORTION)
            .chain(b"sender")
            .chain(sender.0)
            .finish()
    };
    let senders = bundle.body.iter().map(|item| scale(&point(&item.sender)));
    (portion < WHOLE_RING).then(|| {
        json!({
            "output": scale(&elected.output()),
            "operator_point": scale(&elected.ring_position()),
            "sender_points": senders.collect::<Value>(),
        })
    })
}

fn code_of(rule: Illegal) -> u16 {
    match rule {
        Illegal::Malformed => 1,
        Illegal::Signature => 2,
        Illegal::Claim => 3,
        Illegal::Nonce => 4,
        Illegal::Fees => 5,
    }
}

fn run_judge(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let (base, accounts): (Base, _) = (given.scale("base"), accounts(given));
    let items: Vec<Item> = when.scales("items");
    let summaries: Vec<Summary> = items.iter().map(Item::compute_summary).collect();
    let pairs = items.iter().map(|item| &*item.bytes).zip(&summaries);
    let account = |sender: &SenderId| Ok::<_, Infallible>(accounts.get(sender).copied().unwrap_or_default());
    let steps = json!({ "summaries": scales(&summaries) });
    match judge(&engine(given), &base, pairs, account) {
        Ok(Verdict::Invalid(fault)) => Outcome {
            steps,
            then: json!({ "err": {
                "code": code_of(fault.rule),
                "index": fault.index,
                "verdict": scale(&Verdict::Invalid(fault)),
            } }),
        },
        Ok(verdict) => Outcome::ok(steps, json!({ "verdict": scale(&verdict) })),
        Err(never) => match never {},
    }
}

fn run_equivocation(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let evidence: Equivocation = when.scale("equivocation");
    let hashes = [&evidence.first, &evidence.second].map(|sealed| sealed.header.compute_hash());
    let steps = json!({ "header_hashes": scales(&hashes) });
    match evidence.verify(&given.scale("key")) {
        Ok(proven) => Outcome::ok(
            steps,
            json!({
                "domain": proven.domain().0,
                "operator": number(proven.operator().0),
                "window": number(proven.window().0),
                "evidence": scale(&proven.evidence()),
            }),
        ),
        Err(error) => {
            let cause = match error {
                InvalidEquivocation::FirstSeal(seal) | InvalidEquivocation::SecondSeal(seal) => {
                    Some(seal.code())
                }
                _ => None,
            };
            Outcome::err_because(steps, error.code(), cause)
        }
    }
}

/// What the operator has sealed for the window.
struct Seals(Option<HeaderHash>);

impl Host for Seals {
    type Error = Infallible;
}

impl SealingRecord for Seals {
    fn has_sealed(&self, _: DomainId, _: OperatorId, _: Window) -> Result<Option<HeaderHash>, Infallible> {
        Ok(self.0)
    }
}

fn run_seal(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let keypair = decex_election::Keypair::from_seed(&given.scale("seed"));
    let draft = HeaderDraft {
        domain: DomainId(when.number("domain")),
        operator: OperatorId(when.number("operator")),
        election: when.scale("election"),
        base: when.scale("base"),
    };
    let receipts: Vec<Submission> = when.scales("receipts");
    let seals = Seals(given.optional("sealed"));
    match seal_bundle(&seals, &keypair, &draft, receipts, when.scales("items")) {
        Ok(sealed) => Outcome::ok(
            json!({ "header_hash": scale(&sealed.header_hash()) }),
            json!({ "bundle": scale(sealed.bundle()) }),
        ),
        Err(SealError::Unsealable(error)) => Outcome::err(json!({}), error.code()),
        Err(SealError::Host(never)) => match never {},
    }
}
