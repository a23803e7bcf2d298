//! Decide what is bundled: header, sorted body, seal, legality and the inclusion rules.
#![no_std]
