//! What can be asked.

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod calls {
    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Creates a domain: `params` is a SCALE-encoded `DomainParams`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::create_domain())]
        pub fn create_domain(
            origin: OriginFor<T>,
            params: BoundedVec<u8, ConstU32<1024>>,
            listed: bool,
            #[pallet::compact] backing: u128,
        ) -> DispatchResult {
            let params: DomainParams = decode_exact(&params, 1024).map_err(|_| Error::<T>::Params)?;
            ensure!(
                T::Replay::convert(params.block.weight).all_lte(T::MaxReplay::get()),
                Error::<T>::TooHeavy
            );
            let call = AccountCall::CreateDomain {
                params: alloc::boxed::Box::new(params),
                access: if listed { Access::Listed } else { Access::Open },
                backing: Balance(backing),
            };
            Self::by_account(origin, call)
        }

        /// Adds to a domain's balance.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::endow_domain())]
        pub fn endow_domain(
            origin: OriginFor<T>,
            domain: u32,
            #[pallet::compact] amount: u128,
        ) -> DispatchResult {
            let (domain, amount) = (DomainId(domain), Balance(amount));
            Self::by_account(origin, AccountCall::EndowDomain { domain, amount })
        }

        /// Stops taking bundles with transactions, or takes them again.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::pause())]
        pub fn set_paused(origin: OriginFor<T>, domain: u32, paused: bool) -> DispatchResult {
            let domain = DomainId(domain);
            let call = if paused {
                AccountCall::Pause { domain }
            } else {
                AccountCall::Resume { domain }
            };
            Self::by_account(origin, call)
        }

        /// Puts an account on a domain's list of who may register operators, or takes it off.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::allow())]
        pub fn set_allowed(
            origin: OriginFor<T>,
            domain: u32,
            account: T::AccountId,
            allowed: bool,
        ) -> DispatchResult {
            let (domain, account) = (DomainId(domain), host::named::<T>(account));
            let call = if allowed {
                AccountCall::Allow { domain, account }
            } else {
                AccountCall::Disallow { domain, account }
            };
            Self::by_account(origin, call)
        }

        /// Registers an operator and opens its pool. `possession` signs `decex_consensus::registration_message`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::register_operator())]
        pub fn register_operator(
            origin: OriginFor<T>,
            domain: u32,
            key: [u8; 32],
            possession: [u8; 64],
            #[pallet::compact] deposit: u128,
            tax: u16,
            #[pallet::compact] minimum_nomination: u128,
        ) -> DispatchResult {
            let call = AccountCall::RegisterOperator {
                domain: DomainId(domain),
                key,
                possession: decex_consensus::decex_election::Signature(possession),
                deposit: Balance(deposit),
                terms: PoolTerms {
                    tax,
                    minimum_nomination: Balance(minimum_nomination),
                },
            };
            Self::by_account(origin, call)
        }

        /// Leaves: ineligible at once, liable until the unlock period is over.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::deregister_operator())]
        pub fn deregister_operator(origin: OriginFor<T>, operator: u64) -> DispatchResult {
            let operator = OperatorId(operator);
            Self::by_account(origin, AccountCall::DeregisterOperator { operator })
        }

        /// Takes an operator that was absent back.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::reactivate_operator())]
        pub fn reactivate_operator(origin: OriginFor<T>, operator: u64) -> DispatchResult {
            let operator = OperatorId(operator);
            Self::by_account(origin, AccountCall::ReactivateOperator { operator })
        }

        /// Adds to an operator's pool.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::nominate())]
        pub fn nominate(
            origin: OriginFor<T>,
            operator: u64,
            #[pallet::compact] deposit: u128,
        ) -> DispatchResult {
            let (operator, deposit) = (OperatorId(operator), Balance(deposit));
            Self::by_account(origin, AccountCall::Nominate { operator, deposit })
        }

        /// Asks for shares to be paid back: so many, or all.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::withdraw())]
        pub fn withdraw(origin: OriginFor<T>, operator: u64, shares: Option<u128>) -> DispatchResult {
            let operator = OperatorId(operator);
            let extent = shares.map_or(Extent::All, Extent::Shares);
            Self::by_account(origin, AccountCall::Withdraw { operator, extent })
        }

        /// Pays an account what is due to it in a pool. Anybody may ask.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::claim())]
        pub fn claim(origin: OriginFor<T>, operator: u64, account: T::AccountId) -> DispatchResult {
            ensure_signed(origin)?;
            let (operator, account) = (OperatorId(operator), host::named::<T>(account));
            Self::by_anybody(&OpenCall::Claim { operator, account })
        }

        /// Takes an operator that is absent out of the elections. Anybody may ask.
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::report_absence())]
        pub fn report_absence(origin: OriginFor<T>, operator: u64) -> DispatchResult {
            ensure_signed(origin)?;
            Self::by_anybody(&OpenCall::ReportAbsence {
                operator: OperatorId(operator),
            })
        }

        /// Includes a bundle. Unsigned: its operator's seal and storage fund stand for it. What is refused is in no block.
        #[pallet::call_index(11)]
        #[pallet::weight(Pallet::<T>::weight_of_bundle(bundle.len()).saturating_mul(2))]
        pub fn submit_bundle(origin: OriginFor<T>, bundle: Bytes<T>) -> DispatchResult {
            ensure_none(origin)?;
            Self::done(Self::submit_bundle_now(&bundle))
        }

        /// Judges a fraud proof. Unsigned with `work`, or signed by anybody without: then it costs the fee unless it holds.
        #[pallet::call_index(12)]
        #[pallet::weight((
            Pallet::<T>::weight_of_proof(Pallet::<T>::size(proof.len()), T::MaxReplay::get()),
            DispatchClass::Operational,
        ))]
        pub fn submit_proof(origin: OriginFor<T>, work: u64, proof: Bytes<T>) -> DispatchResultWithPostInfo {
            let _ = work;
            let signed = ensure_signed_or_root_or_none(origin)?;
            let replay = Self::replay_of(&proof);
            let once = T::WeightInfo::submit_proof(Self::size(proof.len())).saturating_add(replay);
            // Judged twice where nobody signed: once so that it does not get into a block for nothing.
            let times = if signed { 1 } else { 2 };
            let info = |pays_fee| PostDispatchInfo {
                actual_weight: Some(once.saturating_mul(times)),
                pays_fee,
            };
            match Self::done(Self::submit_proof_now(&proof)) {
                Ok(()) => Ok(info(Pays::No)),
                Err(error) => Err(DispatchErrorWithPostInfo {
                    post_info: info(Pays::Yes),
                    error,
                }),
            }
        }

        /// Judges two headers that an operator sealed for one window. Free if they show it; the caller is the reporter.
        #[pallet::call_index(13)]
        #[pallet::weight(T::WeightInfo::submit_equivocation(Pallet::<T>::size(evidence.len())))]
        pub fn submit_equivocation(origin: OriginFor<T>, evidence: Bytes<T>) -> DispatchResultWithPostInfo {
            let evidence = evidence.into_inner();
            Self::by_account(origin, AccountCall::SubmitEquivocation { evidence })?;
            Ok(Pays::No.into())
        }

        /// Judges two receipts that an operator vouched for. Free if they show it; the caller is the reporter.
        #[pallet::call_index(14)]
        #[pallet::weight(T::WeightInfo::submit_equivocation(Pallet::<T>::size(evidence.len())))]
        pub fn submit_receipt_equivocation(
            origin: OriginFor<T>,
            evidence: Bytes<T>,
        ) -> DispatchResultWithPostInfo {
            let evidence = evidence.into_inner();
            Self::by_account(origin, AccountCall::SubmitReceiptEquivocation { evidence })?;
            Ok(Pays::No.into())
        }

        /// Judges a validity proof. Free if it holds.
        #[pallet::call_index(15)]
        #[pallet::weight(
            T::WeightInfo::submit_validity_proof(Pallet::<T>::size(proof.len()))
                .saturating_add(T::MaxReplay::get())
        )]
        pub fn submit_validity_proof(origin: OriginFor<T>, proof: Bytes<T>) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            let proof = proof.into_inner();
            Self::by_anybody(&OpenCall::SubmitValidityProof { proof })?;
            Ok(Pays::No.into())
        }

        /// Lists a chain that a domain talks with (`None`: this one), and what it takes for a message; no fee takes it off the list.
        #[pallet::call_index(16)]
        #[pallet::weight(T::WeightInfo::list_peer())]
        pub fn list_peer(
            origin: OriginFor<T>,
            domain: u32,
            peer: Option<u32>,
            fee: Option<u128>,
        ) -> DispatchResult {
            let call = AccountCall::ListPeer {
                domain: DomainId(domain),
                peer: chain(peer),
                fee: fee.map(Balance),
            };
            Self::by_account(origin, call)
        }

        /// Opens a channel from the caller's domain to another, or to this chain.
        #[pallet::call_index(17)]
        #[pallet::weight(T::WeightInfo::open_channel())]
        pub fn open_channel(
            origin: OriginFor<T>,
            opener: u32,
            acceptor: Option<u32>,
            capacity: u32,
        ) -> DispatchResult {
            let call = AccountCall::OpenChannel {
                opener: DomainId(opener),
                acceptor: chain(acceptor),
                capacity,
            };
            Self::by_account(origin, call)
        }

        /// Closes a channel that ends at a domain of the caller's.
        #[pallet::call_index(18)]
        #[pallet::weight(T::WeightInfo::close_channel())]
        pub fn close_channel(origin: OriginFor<T>, channel: u64) -> DispatchResult {
            let channel = ChannelId(channel);
            Self::by_account(origin, AccountCall::CloseChannel { channel })
        }

        /// Sends a request from the caller's account of this chain: a SCALE-encoded `Request`.
        #[pallet::call_index(19)]
        #[pallet::weight(T::WeightInfo::send_message())]
        pub fn send_message(
            origin: OriginFor<T>,
            channel: u64,
            request: BoundedVec<u8, ConstU32<2048>>,
        ) -> DispatchResult {
            let request: Request = decode_exact(&request, 2048).map_err(|_| Error::<T>::Request)?;
            let channel = ChannelId(channel);
            Self::by_account(origin, AccountCall::SendMessage { channel, request })
        }

        /// Passes a message on that a domain's final receipt shows. Anybody may.
        #[pallet::call_index(20)]
        #[pallet::weight(T::WeightInfo::relay_message(Pallet::<T>::size(message.len())))]
        pub fn relay_message(origin: OriginFor<T>, message: Bytes<T>) -> DispatchResult {
            ensure_signed(origin)?;
            let message = message.into_inner();
            Self::by_anybody(&OpenCall::RelayMessage { message })
        }

        /// Lists a domain that this chain talks with, or takes it off the list.
        #[pallet::call_index(21)]
        #[pallet::weight(T::WeightInfo::list_peer())]
        pub fn list_peer_of_consensus(origin: OriginFor<T>, peer: u32, listed: bool) -> DispatchResult {
            let peer = DomainId(peer);
            Self::by_governance(origin, GovernanceCall::ListPeerOfConsensus { peer, listed })
        }

        /// Closes a channel that ends here.
        #[pallet::call_index(22)]
        #[pallet::weight(T::WeightInfo::close_channel())]
        pub fn close_channel_of_consensus(origin: OriginFor<T>, channel: u64) -> DispatchResult {
            let channel = ChannelId(channel);
            Self::by_governance(origin, GovernanceCall::CloseChannelOfConsensus { channel })
        }

        /// Pays an account what it is owed and could not take before. Anybody may ask.
        #[pallet::call_index(23)]
        #[pallet::weight(T::WeightInfo::collect())]
        pub fn collect(origin: OriginFor<T>, account: T::AccountId) -> DispatchResult {
            ensure_signed(origin)?;
            ensure!(Owed::<T>::contains_key(&account), Error::<T>::NothingOwed);
            host::pay::<T>(&account, BalanceOf::<T>::default())?;
            ensure!(!Owed::<T>::contains_key(&account), Error::<T>::NothingOwed);
            Ok(())
        }
    }
}
