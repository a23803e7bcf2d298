//! For host teams: a toy engine, a memory host, receipt mutants.
#![no_std]
