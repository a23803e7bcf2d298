//! Proofs that the tables of `decex-farmer` gave for the seed `[k; 32]`.

use decex_storage_audit::decex_core::hash::Digest;
use decex_storage_audit::space::function::INPUTS;
use decex_storage_audit::space::pack;

/// A proof for one target.
pub(crate) struct Fixture {
    pub(crate) k: u8,
    pub(crate) target: u32,
    hex: &'static str,
}

impl Fixture {
    pub(crate) fn seed(&self) -> Digest {
        Digest([self.k; 32])
    }

    pub(crate) fn proof(&self) -> Vec<u8> {
        let digits = self.hex.as_bytes().chunks(2);
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.map(byte).collect()
    }

    /// The inputs, read bit by bit.
    pub(crate) fn inputs(&self) -> [u32; INPUTS] {
        unpack(self.k, &self.proof())
    }
}

/// The values of a proof: bit `i` of value `n` is bit `kn + i` of the bytes, counted from the lowest of the first.
pub(crate) fn unpack(k: u8, proof: &[u8]) -> [u32; INPUTS] {
    let bit = |at: usize| u32::from(proof[at / 8] >> (at % 8) & 1);
    std::array::from_fn(|n| {
        let first = n * usize::from(k);
        (0..usize::from(k)).fold(0, |value, i| value | bit(first + i) << i)
    })
}

pub(crate) fn packed(k: u8, inputs: &[u32; INPUTS]) -> Vec<u8> {
    let mut proof = Vec::new();
    pack(k, inputs, |byte| proof.push(byte));
    proof
}

pub(crate) const FIXTURES: [Fixture; 4] = [
    Fixture {
        k: 15,
        target: 3000,
        hex: concat!(
            "fc48098642683544212f2f5df2bed48996465d965c78e5f51f388a76ae93b8ba0d7380de110e81db74afee541cba018b",
            "f68a67076d5aee2e8842a465aaebc0d4ababe0e4e308a9872c53b57a9da9b41caa5a27db2d40c164cf66482550c22a6d",
            "c4af2f1377c0942f3705c3f26724bbd33eac6e82be27ad7a",
        ),
    },
    Fixture {
        k: 17,
        target: 3002,
        hex: concat!(
            "836da1ad4d48a303cd7e47a682490d9cb629f7b5fa7001adb69610385d9071f79a7cde0bb3e5afa2acac5ea5ecaf2fea",
            "81f892896b5f486c6c573e68aeeab4a247dbddd15f403bfe1bbeb04362f96f65b825b4a4724f6f5d8525981276309568",
            "6e8d917cc746dd27a278d9c5e8e5abf42ed876444579b96a194c9d12de20a474c6b524f4016795c5",
        ),
    },
    Fixture {
        k: 20,
        target: 3000,
        hex: concat!(
            "04f31af9d3151d22f98fc85b2da0d02db9512622ac1cb9fa614a489648f87fb6244402340c0c18666404d832cc612804",
            "fff514cbda42c178a1438b9519b66ecb1a7971983bd5c2d97fa44fb8c889aaca53fd2c0411617c9663d21ea47482949a",
            "caf4176f5726c7e063855c1e7b53399ac18e5e74e64de64c24a79b9e41949446d2e9fba85eeac7d86e27af82d921d13f",
            "6ab42b8d0107def81cb43f4b201e8261",
        ),
    },
    Fixture {
        k: 21,
        target: 3000,
        hex: concat!(
            "ae357f34c817cdd4d3d6132ea0786905b8121d37b4887a81dc7074e9cca2ec0b54978f35893dce957e92bf5d14ac9d0c",
            "6d52e0efe42e65f13a83c4b1746bdc1d5d617cd0af9ade8b928e1fd3801ce6884c6b7e80b76825f0e83b8a2f74e47de3",
            "fed88ef14e095ce3b0ae84462afc58092fe06e93b89116e25b9092dbca38966a314044b34e8691efa6d9d9d4da40be8d",
            "b68f9fdec6c0aacfd59d60db319c6e23ed262787b32e8133",
        ),
    },
];
