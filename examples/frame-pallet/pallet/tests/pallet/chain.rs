//! The mock runtime as a chain under test.

use crate::mock::*;
use decex_consensus::{AccountCall as A, BlockInfo, Event, GovernanceCall as G, OpenCall as O};
use decex_core::message::ChainId;
use decex_core::{AccountId, Balance, Host};
use decex_testkit::chain::{Chain, Made, Money, Outcome, Request, Rewind};
use frame_support::dispatch::RawOrigin;
use frame_support::traits::Hooks;
use frame_support::traits::fungible::{Inspect, Mutate};
use frame_support::traits::tokens::{Fortitude, Preservation};
use pallet_decex::{Call, Error, decex_consensus, work};
use parity_scale_codec::{Decode, Encode};
use sp_runtime::traits::Dispatchable;
use sp_runtime::transaction_validity::{
    InvalidTransaction, TransactionValidityError as V, UnknownTransaction,
};
use sp_runtime::{AccountId32, DispatchError};
use std::cell::RefCell;

/// A fault of the harness or of the runtime, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub String);

pub struct Mock(RefCell<sp_io::TestExternalities>);

impl Default for Mock {
    fn default() -> Self {
        Self(RefCell::new(sp_io::TestExternalities::default()))
    }
}

pub fn name(account: &AccountId) -> AccountId32 {
    AccountId32::new(account.0.0)
}

/// The mock's call for a call of the object.
pub fn call_of(call: A) -> RuntimeCall {
    let chain = |chain: ChainId| chain.domain().map(|domain| domain.0);
    let bytes = |bytes: Vec<u8>| bytes.try_into().unwrap();
    let call = match call {
        A::CreateDomain {
            params,
            access,
            backing,
        } => Call::<Runtime>::create_domain {
            params: params.encode().try_into().unwrap(),
            listed: access == decex_consensus::Access::Listed,
            backing: backing.0,
        },
        A::EndowDomain { domain, amount } => Call::endow_domain {
            domain: domain.0,
            amount: amount.0,
        },
        A::Pause { domain } => Call::set_paused {
            domain: domain.0,
            paused: true,
        },
        A::Resume { domain } => Call::set_paused {
            domain: domain.0,
            paused: false,
        },
        A::Allow { domain, account } => Call::set_allowed {
            domain: domain.0,
            account: name(&account),
            allowed: true,
        },
        A::Disallow { domain, account } => Call::set_allowed {
            domain: domain.0,
            account: name(&account),
            allowed: false,
        },
        A::RegisterOperator {
            domain,
            key,
            possession,
            deposit,
            terms,
        } => Call::register_operator {
            domain: domain.0,
            key,
            possession: possession.0,
            deposit: deposit.0,
            tax: terms.tax,
            minimum_nomination: terms.minimum_nomination.0,
        },
        A::DeregisterOperator { operator } => Call::deregister_operator { operator: operator.0 },
        A::ReactivateOperator { operator } => Call::reactivate_operator { operator: operator.0 },
        A::Nominate { operator, deposit } => Call::nominate {
            operator: operator.0,
            deposit: deposit.0,
        },
        A::Withdraw { operator, extent } => Call::withdraw {
            operator: operator.0,
            shares: match extent {
                decex_consensus::decex_staking::Extent::Shares(shares) => Some(shares),
                decex_consensus::decex_staking::Extent::All => None,
            },
        },
        A::SubmitEquivocation { evidence } => Call::submit_equivocation {
            evidence: bytes(evidence),
        },
        A::SubmitReceiptEquivocation { evidence } => Call::submit_receipt_equivocation {
            evidence: bytes(evidence),
        },
        A::ListPeer { domain, peer, fee } => Call::list_peer {
            domain: domain.0,
            peer: chain(peer),
            fee: fee.map(|fee| fee.0),
        },
        A::OpenChannel {
            opener,
            acceptor,
            capacity,
        } => Call::open_channel {
            opener: opener.0,
            acceptor: chain(acceptor),
            capacity,
        },
        A::CloseChannel { channel } => Call::close_channel { channel: channel.0 },
        A::SendMessage { channel, request } => Call::send_message {
            channel: channel.0,
            request: request.encode().try_into().unwrap(),
        },
    };
    call.into()
}

pub fn signed(by: &AccountId32, call: RuntimeCall) -> Extrinsic {
    let extension = (
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckNonce::from(System::account_nonce(by)),
        frame_system::CheckWeight::new(),
    );
    Extrinsic::new_signed(call, by.clone().into(), Signature(by.clone()), extension)
}

/// The extrinsic that carries a request. What anybody may ask for but the pool does not take unsigned is signed by a relayer.
pub fn extrinsic(request: Request) -> Option<Extrinsic> {
    let bytes = |bytes: Vec<u8>| bytes.try_into().unwrap();
    let relayed = |call: Call<Runtime>| {
        let relayer = AccountId32::new([77; 32]);
        provide(&relayer);
        Some(signed(&relayer, call.into()))
    };
    match request {
        Request::Account(account, call) => {
            let by = name(&account);
            provide(&by);
            Some(signed(&by, call_of(call)))
        }
        Request::Open(O::SubmitBundle { bundle }) => Some(Extrinsic::new_bare(
            Call::submit_bundle {
                bundle: bytes(bundle),
            }
            .into(),
        )),
        Request::Open(O::SubmitProof { proof }) => {
            let work = work(&proof, WORK);
            Some(Extrinsic::new_bare(
                Call::submit_proof {
                    work,
                    proof: bytes(proof),
                }
                .into(),
            ))
        }
        Request::Open(O::SubmitValidityProof { proof }) => {
            relayed(Call::submit_validity_proof { proof: bytes(proof) })
        }
        Request::Open(O::RelayMessage { message }) => relayed(Call::relay_message {
            message: bytes(message),
        }),
        Request::Open(O::ReportAbsence { operator }) => {
            relayed(Call::report_absence { operator: operator.0 })
        }
        Request::Open(O::Claim { operator, account }) => relayed(Call::claim {
            operator: operator.0,
            account: name(&account),
        }),
        Request::Governance(_) => None,
    }
}

/// Transactions of accounts without money are not looked at; the story's strangers have none.
fn provide(account: &AccountId32) {
    if System::providers(account) == 0 {
        System::inc_providers(account);
    }
}

/// The events of the object that were deposited since.
fn events_since(first: usize) -> Vec<Event> {
    let records = System::events().into_iter().skip(first);
    let events = records.filter_map(|record| match record.event {
        RuntimeEvent::Decex(pallet_decex::Event::Domain { event, .. }) => {
            Some(Event::decode(&mut &*event).unwrap())
        }
        _ => None,
    });
    events.collect()
}

/// The code of the K rule.
fn refused(error: DispatchError) -> Result<Outcome, Fault> {
    if let DispatchError::Module(module) = error
        && let Ok(Error::Refused(rule)) = Error::<Runtime>::decode(&mut &module.error[..])
    {
        return Ok(Outcome::Refused(rule.k.into()));
    }
    Err(Fault(format!("{error:?}")))
}

fn make(request: Request) -> Result<Outcome, Fault> {
    let first = System::events().len();
    let result = match request {
        Request::Governance(call) => {
            let call: Call<Runtime> = match call {
                G::ListPeerOfConsensus { peer, listed } => {
                    Call::list_peer_of_consensus { peer: peer.0, listed }
                }
                G::CloseChannelOfConsensus { channel } => {
                    Call::close_channel_of_consensus { channel: channel.0 }
                }
            };
            let dispatched = RuntimeCall::from(call).dispatch(RawOrigin::Root.into());
            Ok(dispatched.map(|_| ()).map_err(|error| error.error))
        }
        request => {
            let before = sp_io::storage::root(sp_core::storage::StateVersion::V1);
            let result = frame_support::storage::with_transaction_unchecked(|| {
                // As a block builder does: what is invalid leaves nothing.
                let result = Executive::apply_extrinsic(extrinsic(request).unwrap());
                match result {
                    Ok(_) => sp_runtime::TransactionOutcome::Commit(result),
                    Err(_) => sp_runtime::TransactionOutcome::Rollback(result),
                }
            });
            if result.is_err() {
                let after = sp_io::storage::root(sp_core::storage::StateVersion::V1);
                assert_eq!(before, after, "what is not in the block leaves nothing");
            }
            result
        }
    };
    match result {
        Ok(Ok(())) => Ok(Outcome::Accepted(events_since(first))),
        Ok(Err(error)) => refused(error),
        Err(V::Invalid(InvalidTransaction::Custom(k)) | V::Unknown(UnknownTransaction::Custom(k)))
            if k < 200 =>
        {
            Ok(Outcome::Refused(k.into()))
        }
        Err(error) => Err(Fault(format!("{error:?}"))),
    }
}

impl Mock {
    pub fn run<R>(&self, run: impl FnOnce() -> R) -> R {
        self.0.borrow_mut().execute_with(run)
    }
}

/// Begins a block as an importing node does.
pub fn begin(info: &BlockInfo) {
    set_info(*info);
    let number = info.number.0;
    if number > 1 {
        Decex::on_finalize(number - 1);
    }
    System::set_block_number(number - 1);
    let parent = System::parent_hash();
    Executive::initialize_block(&Header {
        parent_hash: parent,
        number,
        state_root: Default::default(),
        extrinsics_root: Default::default(),
        digest: Default::default(),
    });
}

impl Host for Mock {
    type Error = Fault;
}

impl Money for Mock {
    fn endow(&mut self, account: AccountId, amount: Balance) -> Result<(), Fault> {
        let minted = self.run(|| Balances::mint_into(&name(&account), amount.0));
        minted.map(|_| ()).map_err(|error| Fault(format!("{error:?}")))
    }

    fn free(&self, account: &AccountId) -> Result<Balance, Fault> {
        let account = name(account);
        Ok(Balance(self.run(|| {
            let free = Balances::reducible_balance(&account, Preservation::Expendable, Fortitude::Polite);
            free + pallet_decex::Owed::<Runtime>::get(&account)
        })))
    }

    fn custody(&self) -> Result<Balance, Fault> {
        let owed = || pallet_decex::Owed::<Runtime>::iter_values().sum::<u128>();
        Ok(Balance(self.run(|| Decex::custody() - owed())))
    }

    fn supply(&self) -> Result<u128, Fault> {
        Ok(self.run(Balances::total_issuance))
    }
}

impl Chain for Mock {
    fn block(&mut self, block: &BlockInfo, calls: &[Request]) -> Result<Made, Fault> {
        self.run(|| {
            begin(block);
            let begun = events_since(0);
            if let Some(error) = System::events().iter().find_map(|record| match &record.event {
                RuntimeEvent::Decex(pallet_decex::Event::NotBegun { error }) => Some(*error),
                _ => None,
            }) {
                return Err(Fault(format!("{error:?}")));
            }
            let outcomes: Result<_, _> = calls.iter().cloned().map(make).collect();
            Ok(Made {
                begun,
                outcomes: outcomes?,
            })
        })
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.run(|| pallet_decex::Store::<Runtime>::get(key.to_vec())))
    }
}

impl Rewind for Mock {
    type Point = (sp_core::H256, sp_core::storage::Storage);

    fn keep(&self) -> Result<Self::Point, Fault> {
        let mut chain = self.0.borrow_mut();
        chain.commit_all().map_err(Fault)?;
        Ok((*chain.backend.root(), storage(&mut chain)))
    }

    fn rewind(&mut self, point: &Self::Point) -> Result<(), Fault> {
        *self.0.borrow_mut() = sp_io::TestExternalities::from(point.1.clone());
        Ok(())
    }
}

fn storage(chain: &mut sp_io::TestExternalities) -> sp_core::storage::Storage {
    let mut top = std::collections::BTreeMap::new();
    chain.execute_with(|| {
        let mut key = Vec::new();
        while let Some(next) = sp_io::storage::next_key(&key) {
            top.insert(next.clone(), sp_io::storage::get(&next).unwrap().to_vec());
            key = next;
        }
    });
    sp_core::storage::Storage {
        top,
        children_default: Default::default(),
    }
}
