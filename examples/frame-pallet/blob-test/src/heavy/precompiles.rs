//! Loops of precompiled contracts. Each program stops where a call fails, so that one which only fails shows as gas that is left.

use super::Program;
use super::evm::{forever, push, push_number};
use crate::transactions::signed_hash;
use sp_io::hashing::sha2_256;

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex
        .bytes()
        .map(|digit| (digit as char).to_digit(16).unwrap() as u8)
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// Calls the contract with this input for ever.
fn called(name: &str, address: u8, input: &[u8]) -> Program {
    // The input lies behind the code: where, is known once the code is.
    let build = |at: usize| {
        let copy = [push_number(input.len()), push_number(at), push(&[0]), vec![0x39]].concat();
        // 64 KiB is where the answer goes.
        let mut body = [
            push_number(1_024),
            push_number(65_536),
            push_number(input.len()),
            push(&[0]),
        ]
        .concat();
        body.extend([push(&[address]), push_number(10_000_000), vec![0xfa]].concat());
        // ISZERO, and on to STOP.
        let stop = copy.len() + 1 + body.len() + 1 + 5 + 1 + 5 + 1;
        body.push(0x15);
        body.extend(push_number(stop));
        body.push(0x57);
        let mut program = forever(name, &copy, &body);
        assert_eq!(program.code.len(), stop);
        program.code.extend([0x5b, 0x00]);
        program
    };
    let mut program = build(build(0).code.len());
    program.code.extend_from_slice(input);
    program
}

fn modexp(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    let length = |part: &[u8]| [vec![0; 28], (part.len() as u32).to_be_bytes().to_vec()].concat();
    [
        length(base),
        length(exponent),
        length(modulus),
        base.to_vec(),
        exponent.to_vec(),
        modulus.to_vec(),
    ]
    .concat()
}

/// One odd, one even.
fn moduli(size: usize) -> [(&'static str, Vec<u8>); 2] {
    let odd = vec![0xff; size];
    let mut even = odd.clone();
    *even.last_mut().unwrap() = 0xfe;
    [("odd", odd), ("even", even)]
}

fn of_modexp() -> Vec<Program> {
    let mut cases = Vec::new();
    for (size, exponent) in [
        (8, vec![0xff; 8]),
        (32, vec![0xff; 4]),
        (32, vec![0xff; 32]),
        (64, vec![0xff; 8]),
        (128, vec![0xff; 16]),
        (256, vec![1, 0, 1]),
        (256, vec![0xff; 32]),
        (512, vec![3]),
        (1_024, vec![3]),
        (1_024, vec![1, 0, 1]),
        (2_048, vec![3]),
    ] {
        for (parity, modulus) in moduli(size) {
            let base = vec![0xfd; size];
            let name = format!("modexp, {size} bytes, {parity}, exponent of {}", exponent.len());
            cases.push(called(&name, 5, &modexp(&base, &exponent, &modulus)));
        }
    }
    cases
}

fn of_bn254() -> Vec<Program> {
    let one = [vec![0; 31], vec![1]].concat();
    let two = [vec![0; 31], vec![2]].concat();
    let point = [one, two].concat();
    let twist = bytes(concat!(
        "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2",
        "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed",
        "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b",
        "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa",
    ));
    let pair = [point.clone(), twist].concat();
    vec![
        called("bn254 addition", 6, &[point.clone(), point.clone()].concat()),
        called("bn254 multiplication", 7, &[point, vec![0xff; 32]].concat()),
        called("bn254 pairing of 1", 8, &pair),
        called("bn254 pairing of 6", 8, &pair.repeat(6)),
    ]
}

fn of_bls12_381() -> Vec<Program> {
    let field = |hex: &str| [vec![0; 16], bytes(hex)].concat();
    let point = [
        field("17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"),
        field("08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1"),
    ]
    .concat();
    let twist = [
        field("024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"),
        field("13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"),
        field("0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801"),
        field("0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be"),
    ]
    .concat();
    // Below the field's modulus.
    let element = [vec![0; 16], vec![0x19], vec![0xfd; 47]].concat();
    let scaled = [point.clone(), vec![0xff; 32]].concat();
    let twist_scaled = [twist.clone(), vec![0xff; 32]].concat();
    let pair = [point.clone(), twist.clone()].concat();
    vec![
        called("BLS12-381 G1 addition", 0x0b, &[point.clone(), point].concat()),
        called("BLS12-381 G1 MSM of 1", 0x0c, &scaled),
        called("BLS12-381 G1 MSM of 32", 0x0c, &scaled.repeat(32)),
        called("BLS12-381 G2 addition", 0x0d, &[twist.clone(), twist].concat()),
        called("BLS12-381 G2 MSM of 1", 0x0e, &twist_scaled),
        called("BLS12-381 G2 MSM of 16", 0x0e, &twist_scaled.repeat(16)),
        called("BLS12-381 pairing of 1", 0x0f, &pair),
        called("BLS12-381 pairing of 6", 0x0f, &pair.repeat(6)),
        called("BLS12-381 map to G1", 0x10, &element),
        called("BLS12-381 map to G2", 0x11, &element.repeat(2)),
    ]
}

/// A blob's commitment with a proof at one point, from the tests of the consensus specification.
fn of_kzg() -> Program {
    let commitment = bytes(
        "8f59a8d2a1a625a17f3fea0fe5eb8c896db3764f3185481bc22f91b4aaffcca25f26936857bc3a7c2539ea8ec3a952b7",
    );
    let mut versioned = sha2_256(&commitment).to_vec();
    versioned[0] = 1;
    let rest = concat!(
        "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000000",
        "1522a4a7f34e1ea350ae07c29c96c7e79655aa926122e95fe69fcbd932ca49e9",
    );
    let proof =
        "a62ad71d14c5719385c0686f1871430475bf3a00f0aa3f7b8dd99a9abc2160744faf0070725e00b60ad9a026a15b1a8c";
    called(
        "KZG point evaluation",
        0x0a,
        &[versioned, bytes(rest), commitment, bytes(proof)].concat(),
    )
}

pub(super) fn cases() -> Vec<Program> {
    let mut rounds = vec![0; 213];
    rounds[..4].copy_from_slice(&10_000_u32.to_be_bytes());
    let mut cases = vec![
        called("ecrecover", 1, &signed_hash()),
        called("SHA-256 of 32 bytes", 2, &[7; 32]),
        called("SHA-256 of 4 KiB", 2, &[7; 4_096]),
        called("RIPEMD-160 of 4 KiB", 3, &[7; 4_096]),
        called("identity of 4 KiB", 4, &[7; 4_096]),
        called("BLAKE2 of 10,000 rounds", 9, &rounds),
        of_kzg(),
    ];
    cases.extend(of_modexp());
    cases.extend(of_bn254());
    cases.extend(of_bls12_381());
    cases
}
