//! Decide how a claim is refuted: inbox, schedule and transition proofs, prover and verifier.
#![no_std]
