//! What the calls cost.

use frame_support::weights::Weight;

/// What the calls cost. Lengths are in bytes.
pub trait WeightInfo {
    /// `on_initialize`: inboxes closed, receipts confirmed, removed receipts swept.
    fn begin_block(inboxes: u32, confirmed: u32, swept: u32) -> Weight;
    /// `on_finalize`.
    fn finality_root() -> Weight;
    /// Creates a domain.
    fn create_domain() -> Weight;
    /// Adds to a domain.
    fn endow_domain() -> Weight;
    /// Pauses or resumes.
    fn pause() -> Weight;
    /// Changes the list.
    fn allow() -> Weight;
    /// Registers an operator.
    fn register_operator() -> Weight;
    /// An operator leaves.
    fn deregister_operator() -> Weight;
    /// An operator returns.
    fn reactivate_operator() -> Weight;
    /// Adds to a pool.
    fn nominate() -> Weight;
    /// Asks for shares.
    fn withdraw() -> Weight;
    /// Pays what is due.
    fn claim() -> Weight;
    /// Pays what is owed.
    fn collect() -> Weight;
    /// Takes an operator out.
    fn report_absence() -> Weight;
    /// Judges and includes a bundle, once.
    fn submit_bundle(bytes: u32) -> Weight;
    /// Judges a fraud proof and removes, once and without what the engine executes.
    fn submit_proof(bytes: u32) -> Weight;
    /// Judges evidence of either kind.
    fn submit_equivocation(bytes: u32) -> Weight;
    /// Judges a validity proof, without what the verifier does.
    fn submit_validity_proof(bytes: u32) -> Weight;
    /// Lists a peer.
    fn list_peer() -> Weight;
    /// Opens a channel.
    fn open_channel() -> Weight;
    /// Closes a channel.
    fn close_channel() -> Weight;
    /// Sends a request.
    fn send_message() -> Weight;
    /// Passes a message on.
    fn relay_message(bytes: u32) -> Weight;
}
