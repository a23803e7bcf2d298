//! Prove: from a block to the bytes that the domain's verifier checks.

use crate::table::{Table, build};
use decex_core::codec::BoundedVec;
use decex_core::id::StateRoot;
use decex_core::state::{Changes, ReadError, StateTree};
use decex_proven_ledger::{
    Felt, LedgerAir, LedgerTree, Statement, Transaction, Transfer, TransferProof, key_of_slot, options, pay,
    receive, split_context,
};
use decex_validity::{InvalidTransition, Transition};
use winter_air::{AuxRandElements, PartitionOptions};
use winter_prover::crypto::hashers::Blake3_256;
use winter_prover::crypto::{DefaultRandomCoin, MerkleTree};
use winter_prover::math::FieldElement;
use winter_prover::matrix::ColMatrix;
use winter_prover::{
    CompositionPoly, CompositionPolyTrace, ConstraintCompositionCoefficients, DefaultConstraintCommitment,
    DefaultConstraintEvaluator, DefaultTraceLde, Proof, ProofOptions, Prover, StarkDomain, TraceInfo,
    TracePolyTable, TraceTable,
};

type Hash = Blake3_256<Felt>;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The state does not cover a slot.
    #[error(transparent)]
    State(#[from] ReadError),
    /// The block is none that can be proven, or the trace is not the one that its inputs make.
    #[error(transparent)]
    Statement(#[from] InvalidTransition),
    /// The proof system failed.
    #[error("the proof system failed: {0}")]
    System(String),
    /// The proof does not fit.
    #[error("the proof does not fit")]
    Size,
}

/// Proves a block over the state before it.
///
/// # Errors
/// When the state is partial, or the block is none that can be proven.
pub fn prove(before: &LedgerTree, transition: &Transition<'_>) -> Result<Vec<u8>, ProveError> {
    let mut transfers = Vec::new();
    for input in &transition.inputs {
        let transaction = Transaction::from_bytes(input.bytes).map_err(|_| InvalidTransition::Unsupported)?;
        transfers.push(Transfer::of(&transaction));
    }
    let roots = roots_after(before, &transfers)?;
    let stark = match Statement::of(transition, &roots)? {
        Some(statement) => prove_statement(before, statement)?,
        None => Vec::new(),
    };
    let proof = TransferProof {
        roots: BoundedVec::new(roots).ok_or(ProveError::Size)?,
        stark: BoundedVec::new(stark).ok_or(ProveError::Size)?,
    };
    Ok(parity_scale_codec::Encode::encode(&proof))
}

/// Returns the state's root after each transfer.
///
/// # Errors
/// When the state is partial and does not cover a slot.
pub fn roots_after(before: &LedgerTree, transfers: &[Transfer]) -> Result<Vec<StateRoot>, ReadError> {
    let mut tree = before.clone();
    let mut roots = Vec::with_capacity(transfers.len());
    for transfer in transfers {
        if let Some(paid) = pay(&tree.holding(transfer.from)?, transfer) {
            tree.update(&Changes::from([(key_of_slot(transfer.from), paid.to_value())]))?;
            let received = receive(&tree.holding(transfer.to)?, transfer);
            tree.update(&Changes::from([(key_of_slot(transfer.to), received.to_value())]))?;
        }
        roots.push(tree.root());
    }
    Ok(roots)
}

/// Proves a statement over the state before its first transfer.
///
/// # Errors
/// When the state is partial, or the proof system fails.
pub fn prove_statement(before: &LedgerTree, statement: Statement) -> Result<Vec<u8>, ProveError> {
    let table = build(&mut before.clone(), &statement.transfers)?;
    prove_table(table, statement)
}

/// Proves that a table is the execution of a statement. If it is not, the proof does not verify.
///
/// # Errors
/// When the proof system fails.
pub fn prove_table(table: Table, statement: Statement) -> Result<Vec<u8>, ProveError> {
    let count = statement.transfers.len();
    let bytes = prove_whole(table, statement)?;
    split_context(count, &bytes)
        .map(<[u8]>::to_vec)
        .ok_or_else(|| ProveError::System("other parameters".into()))
}

/// As [`prove_table`], with the fixed bytes in front that the verifier puts there itself: what the library's own tools read.
///
/// # Errors
/// When the proof system fails.
pub fn prove_whole(table: Table, statement: Statement) -> Result<Vec<u8>, ProveError> {
    let prover = LedgerProver {
        statement,
        options: options(),
    };
    let proof: Proof = prover
        .prove(TraceTable::init(table))
        .map_err(|error| ProveError::System(error.to_string()))?;
    Ok(proof.to_bytes())
}

struct LedgerProver {
    statement: Statement,
    options: ProofOptions,
}

impl Prover for LedgerProver {
    type BaseField = Felt;
    type Air = LedgerAir;
    type Trace = TraceTable<Felt>;
    type HashFn = Hash;
    type VC = MerkleTree<Hash>;
    type RandomCoin = DefaultRandomCoin<Hash>;
    type TraceLde<E: FieldElement<BaseField = Felt>> = DefaultTraceLde<E, Hash, Self::VC>;
    type ConstraintEvaluator<'a, E: FieldElement<BaseField = Felt>> =
        DefaultConstraintEvaluator<'a, LedgerAir, E>;
    type ConstraintCommitment<E: FieldElement<BaseField = Felt>> =
        DefaultConstraintCommitment<E, Hash, Self::VC>;

    fn get_pub_inputs(&self, _trace: &Self::Trace) -> Statement {
        self.statement.clone()
    }

    fn options(&self) -> &ProofOptions {
        &self.options
    }

    fn new_trace_lde<E: FieldElement<BaseField = Felt>>(
        &self,
        trace_info: &TraceInfo,
        main_trace: &ColMatrix<Felt>,
        domain: &StarkDomain<Felt>,
        partition_options: PartitionOptions,
    ) -> (Self::TraceLde<E>, TracePolyTable<E>) {
        DefaultTraceLde::new(trace_info, main_trace, domain, partition_options)
    }

    fn new_evaluator<'a, E: FieldElement<BaseField = Felt>>(
        &self,
        air: &'a LedgerAir,
        aux_rand_elements: Option<AuxRandElements<E>>,
        composition_coefficients: ConstraintCompositionCoefficients<E>,
    ) -> Self::ConstraintEvaluator<'a, E> {
        DefaultConstraintEvaluator::new(air, aux_rand_elements, composition_coefficients)
    }

    fn build_constraint_commitment<E: FieldElement<BaseField = Felt>>(
        &self,
        composition_poly_trace: CompositionPolyTrace<E>,
        num_constraint_composition_columns: usize,
        domain: &StarkDomain<Felt>,
        partition_options: PartitionOptions,
    ) -> (Self::ConstraintCommitment<E>, CompositionPoly<E>) {
        DefaultConstraintCommitment::new(
            composition_poly_trace,
            num_constraint_composition_columns,
            domain,
            partition_options,
        )
    }
}
