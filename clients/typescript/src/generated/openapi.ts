/**
 * Made by `npm run types` from openapi.json; a test notices when it is stale.
 */
export interface paths {
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where to go from here. */
        get: operations["getIndex"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process answers. */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics for Prometheus. */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the node takes transactions and moves batches, and if not, why. */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All accounts of an owner. */
        get: operations["listAccounts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{index}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An account. */
        get: operations["getAccount"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{index}/payments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What moves an account's money, newest first.
         * @description Transfers sent and received, withdrawals, deposits, forced orders and fees earned, and of the account's own
         *     transactions those that wait or were rejected. What is in no sealed batch comes first.
         */
        get: operations["listPayments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{index}/proof": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A Merkle proof of an account's leaf.
         * @description Against the root after the last proved batch, or after `batch`, which may be that one or the
         *     last sealed one.
         */
        get: operations["getAccountProof"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sealed batches, latest first. */
        get: operations["listBatches"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A sealed batch with what it holds. */
        get: operations["getBatch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{number}/bundle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The file that `assay verify` takes: everything for an offline check of a proved batch. */
        get: operations["getBundle"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/claims": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What can be claimed on the layer 1, latest first, and whether it was paid.
         * @description Withdrawals of an account (`from`), or what an address of the layer 1 is paid (`to`), one of the two, of batches
         *     that are on the layer 1. Each claim on the page is asked for on the layer 1, and counts as one more request.
         */
        get: operations["listClaims"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/costs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a batch and its parts cost now, the layer 1's base fee, and the gas of batches. */
        get: operations["getCosts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What moves, as it moves.
         * @description Each event is named as its `type`, and its data is an `Event`. Its id, sent as `Last-Event-ID`, has a
         *     later stream go on after it. `lagged` says that so many events after it are not kept any more, `reset`
         *     that the id is of no event of this run of the node: read anew then what you follow. What is named
         *     narrows what is heard; of several parameters an event must pass each.
         */
        get: operations["streamEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fees": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a transaction costs, by token: what is said here is taken for as long as it says, though more is
         *     asked by then.
         */
        get: operations["getFees"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The proving key of a circuit. It is public: `assay keys fetch` compares it with the circuit and the contract. */
        get: operations["getProvingKey"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prover/jobs/{id}/heartbeat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A worker is alive, or gives its job back. */
        post: operations["sendHeartbeat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prover/jobs/{id}/proof": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A worker hands a proof in. It is verified before it is taken; one that comes late is welcome. */
        post: operations["submitProof"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prover/jobs/lease": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lends the oldest batch without a proof to a worker. */
        post: operations["leaseJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prover/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the node remembers of its workers since it started, by the names that they give themselves. */
        get: operations["listWorkers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Deposits and forced orders that are on the layer 1 and in no batch yet.
         * @description In the order in which they will be taken, at most 256. Those that are not `confirmed` may still be
         *     reorganised away.
         */
        get: operations["listWaitingEntries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue/{index}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What became of an entry of the layer 1's queue: a deposit, or an order that was forced. */
        get: operations["getQueueEntry"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The node and its network. */
        get: operations["getStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tokens. */
        get: operations["getTokens"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/transactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hands a signed operation in.
         * @description The answer is the operator's signed receipt: the transaction is on its disk and will be
         *     executed if it can be.
         */
        post: operations["submitTransaction"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/transactions/{hash}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A transaction and how far it has come. */
        get: operations["getTransaction"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/transactions/{hash}/receipt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The receipt of a transaction that was acknowledged, again.
         * @description It is the same, byte by byte, as the one that was given when the transaction was handed in, while the
         *     operator has the same key. Of one that was rejected and handed in again it is the last.
         */
        get: operations["getReceipt"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/transactions/{hash}/reference": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Puts a text beside a transaction that was acknowledged here.
         * @description Its sender has signed it. The first stands; the same may come again.
         */
        post: operations["addReference"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/transactions/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hands in up to 1,000 signed operations.
         * @description Each is answered as if it had come alone, in their order; one that is refused holds no other up.
         *     Those of one account may follow on each other: what can be executed is, which makes room for more.
         *     Where that does not, the answer is `nonce_too_far`, and the same may be handed in again later. To the
         *     limit of requests each counts as one; a list of more than a client's burst takes all of the burst.
         */
        post: operations["submitTransactions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Number of an account's leaf. */
        AccountIndex: number;
        /** @description Accounts of an owner. */
        AccountList: {
            /** @description By index. */
            accounts: components["schemas"]["AccountView"][];
        };
        /** @description A Merkle proof of an account's leaf. */
        AccountProof: {
            balance: components["schemas"]["Amount"] | null;
            /**
             * Format: uint64
             * @description The batch after which it holds.
             */
            batch: number;
            /** @description Index of the leaf. */
            index: components["schemas"]["AccountIndex"];
            /** @description The leaf, decimal. */
            leaf: components["schemas"]["FieldElement"];
            /**
             * Format: uint32
             * @description Next nonce.
             */
            nonce: number | null;
            owner: components["schemas"]["Point"] | null;
            /** @description Root after that batch, 0x hex. */
            root: components["schemas"]["Hash"];
            /** @description The three nodes beside the path at each height, from the leaf up, decimal. */
            siblings: components["schemas"]["MerklePath"];
            token: components["schemas"]["TokenNumber"] | null;
        };
        /** @description An account. */
        AccountView: {
            /** @description After all executed transactions, base units. */
            balance: components["schemas"]["Amount"];
            /** @description Index of its leaf. */
            index: components["schemas"]["AccountIndex"];
            /**
             * Format: uint32
             * @description The nonce to sign next: after those executed and those waiting in an unbroken row.
             */
            next_nonce: number;
            /**
             * Format: uint32
             * @description Of the next transaction to execute.
             */
            nonce: number;
            /** @description Address of its owner. */
            owner: components["schemas"]["Address"];
            /**
             * Format: uint32
             * @description Its transactions that wait for execution.
             */
            pending: number;
            proved_balance: components["schemas"]["Amount"] | null;
            /**
             * Format: uint32
             * @description In the last proved batch.
             */
            proved_nonce: number | null;
            /** @description Token number. */
            token: components["schemas"]["TokenNumber"];
        };
        /**
         * @description An owner on the rollup: the public key in bech32m, with `assaydev` on development chains.
         * @example assaydev1r9d9xeq7jj2tlse2y0zemg27vh26as6qulztdftkr6cy9fkjwznql6ylz5
         */
        Address: string;
        /**
         * @description A number of base units below 2^128, decimal.
         * @example 1500000000000000000
         */
        Amount: string;
        /** @description Bytes in base64. */
        Base64Text: string;
        /** @description What the contract's `claim` wants of a batch. */
        BatchClaims: {
            /** @description All that can be claimed of it, in the order of the contract's list. */
            claims: components["schemas"]["ClaimView"][];
            /** @description What the contract has the hash of. */
            header: components["schemas"]["BatchHeaderView"];
            /**
             * Format: uint64
             * @description Its number.
             */
            number: number;
            /** @description `proved` or `final`: a reorganisation of the layer 1 can take back what is not final. */
            stage: components["schemas"]["Stage"];
        };
        /** @description A batch with what it holds. */
        BatchDetail: components["schemas"]["BatchView"] & {
            /** @description In the order of the contract's list. */
            claims: components["schemas"]["ClaimView"][];
            /** @description In the order of execution. */
            contents: components["schemas"]["BatchOperation"][];
            /** @description What it earned and cost. */
            economics: components["schemas"]["BatchEconomics"];
            /** @description What the contract is told. */
            header: components["schemas"]["BatchHeaderView"];
        };
        /** @description What a batch earned and cost. */
        BatchEconomics: {
            /** @description Fees, in the order of tokens; none of those in which none were paid. */
            earned: components["schemas"]["EarnedFees"][];
            l1: components["schemas"]["SubmissionCostView"] | null;
            /**
             * Format: uint64
             * @description How long its proof took, ms, by the worker's own account; null where another operator had it made,
             *     or it is not known any more.
             */
            proving_ms: number | null;
        };
        /** @description What a batch took on the layer 1. */
        BatchGasView: {
            /**
             * Format: uint64
             * @description Its number.
             */
            batch: number;
            /**
             * Format: uint64
             * @description Its part of the gas of the transaction that brought it.
             */
            gas: number;
            /**
             * Format: uint32
             * @description How many operations it holds.
             */
            operations: number;
        };
        /** @description What the contract hashes of a batch, and `claim` must repeat. */
        BatchHeaderView: {
            /**
             * Format: uint32
             * @description Leaves that are given out after it.
             */
            accounts: number;
            /** @description Hash of what can be claimed, 0x hex. */
            claims_hash: components["schemas"]["Hash"];
            /** @description C, 0x hex. */
            commitment: components["schemas"]["Hash"];
            /** @description Root after the batch, 0x hex. */
            new_root: components["schemas"]["Hash"];
            /**
             * Format: uint64
             * @description Entries of the layer 1 queue consumed after the batch.
             */
            queue_end: number;
            /** @description Number of the shape. */
            shape: components["schemas"]["ShapeNumber"];
            /**
             * Format: uint32
             * @description Unix seconds.
             */
            timestamp: number;
        };
        /** @description A page of batches, latest first. */
        BatchList: {
            /** @description Latest first. */
            batches: components["schemas"]["BatchView"][];
            /**
             * Format: uint64
             * @description Ask with `before` = this for the next page; null at the end.
             */
            next_before: number | null;
        };
        /** @description An operation of a batch. */
        BatchOperation: {
            /** @description Base units; of a forced withdrawal, what was asked for at most. */
            amount: components["schemas"]["Amount"];
            /** @description False for a deposit that bounced and for a forced order that was not valid. */
            executed: boolean;
            /** @description Base units. */
            fee: components["schemas"]["Fee"];
            from: components["schemas"]["AccountIndex"] | null;
            hash: components["schemas"]["Hash"] | null;
            /** @description What it is. */
            kind: components["schemas"]["RecordKind"];
            /** @description Base units that moved. */
            paid: components["schemas"]["Amount"];
            /**
             * Format: uint32
             * @description In the order of execution, from 0.
             */
            position: number;
            /**
             * Format: uint64
             * @description Its place in the layer 1's queue; null for what does not come from there.
             */
            queue_index: number | null;
            /** @description The payee's address. */
            to: components["schemas"]["Payee"];
            to_account: components["schemas"]["AccountIndex"] | null;
            /** @description Token number. */
            token: components["schemas"]["TokenNumber"];
        };
        /** @description Times of a batch's stages, Unix ms; null where it has not come so far. */
        BatchTimes: {
            /**
             * Format: uint64
             * @description No further operation joins.
             */
            closed: number;
            /**
             * Format: uint64
             * @description The proof is deep in the layer 1.
             */
            final: number | null;
            /**
             * Format: uint64
             * @description A worker's proof has been verified.
             */
            proof: number | null;
            /**
             * Format: uint64
             * @description Data and proof are on the layer 1.
             */
            proved: number | null;
            /**
             * Format: uint64
             * @description Executed in its final order.
             */
            sealed: number | null;
        };
        /** @description A batch. */
        BatchView: {
            /**
             * Format: uint32
             * @description Leaves that are given out after it, the reserved leaf 0 among them.
             */
            accounts: number;
            /** @description Its layer 1 transaction. */
            l1: components["schemas"]["L1Transactions"];
            /** @description Root after it, 0x hex. */
            new_root: components["schemas"]["Hash"];
            /**
             * Format: uint64
             * @description Its number, the first is 1.
             */
            number: number;
            /** @description Root before it, 0x hex. */
            old_root: components["schemas"]["Hash"];
            /**
             * Format: uint32
             * @description How many operations it holds.
             */
            operations: number;
            /** @description Who proved it, by the worker's own account. */
            prover: string | null;
            /** @description The address of the layer 1 that is paid for the entries of the queue in it. */
            settler: components["schemas"]["L1Address"];
            /** @description `tiny`, `small`, `medium` or `large`. */
            shape: components["schemas"]["ShapeName"];
            /** @description How far it has come. */
            stage: components["schemas"]["Stage"];
            /** @description When it came to each stage. */
            times_ms: components["schemas"]["BatchTimes"];
            /**
             * Format: uint32
             * @description Unix seconds, against which expiry was checked.
             */
            timestamp: number;
            /** @description What at this stage depends on trusting the operator. */
            trust: string;
        };
        /** @description The base fee of a block of the layer 1. */
        BlockPriceView: {
            /** @description Wei per gas. */
            base_fee_wei: components["schemas"]["Amount"];
            /**
             * Format: uint64
             * @description Its number.
             */
            block: number;
            /**
             * Format: uint64
             * @description Unix seconds.
             */
            timestamp: number;
        };
        /**
         * @description A batch, its proof, and what they are checked against. Values are as the file has them;
         *     [`Bundle::check`] says which of them are right.
         */
        Bundle: {
            /** @description Chain hash of the vector. */
            c: components["schemas"]["FieldElement"];
            /** @description The name of the circuit that the proof is of. */
            circuit: components["schemas"]["CircuitName"];
            /** @description The network's domain. */
            domain: components["schemas"]["FieldElement"];
            /** @description [`FORMAT`]. */
            format: string;
            /** @description The statement's header. */
            header: components["schemas"]["HeaderFields"];
            /** @description Where the batch belongs on the layer 1. */
            l1: components["schemas"]["L1Context"];
            /** @description The proof's 256 bytes. */
            proof: components["schemas"]["ProofText"];
            /** @description Checksum of all the rest. */
            sha256: components["schemas"]["Hash"];
            /** @description The batch's shape. */
            shape: components["schemas"]["ShapeFields"];
            /** @description The statement's vector. */
            statement: components["schemas"]["FieldElement"][];
            /** @description The key that the proof verifies under. */
            verifying_key: components["schemas"]["VerifyingKeyFields"];
            /** @description SHA-256 of the key's words, end to end. */
            verifying_key_sha256: components["schemas"]["Hash"];
            /**
             * Format: uint32
             * @description [`VERSION`].
             */
            version: number;
            /** @description Its value there. */
            y: components["schemas"]["FieldElement"];
            /** @description Where it is evaluated. */
            z: components["schemas"]["FieldElement"];
        };
        /**
         * @description The circuit of a proof: a batch's shape, or the exit's.
         * @enum {string}
         */
        CircuitName: "tiny" | "small" | "medium" | "large" | "escape";
        /** @description A page of claims, latest first. */
        ClaimList: {
            /** @description The batches of these claims, latest first. */
            batches: components["schemas"]["BatchClaims"][];
            /** @description Latest first. */
            claims: components["schemas"]["ProvedClaim"][];
            next_before: components["schemas"]["ClaimsCursor"] | null;
        };
        /** @description Number of a claim among those of its batch. */
        ClaimNumber: number;
        /**
         * @description Where a page of claims begins: what the page before it says, and nothing else.
         * @example 17-3
         */
        ClaimsCursor: string;
        /**
         * @description What can be claimed on the layer 1 once the batch is proved: a withdrawal, or a deposit that
         *     came back.
         */
        ClaimView: {
            /** @description Base units. */
            amount: components["schemas"]["Amount"];
            /**
             * Format: uint32
             * @description The account that paid; 0 for a deposit that came back.
             */
            from: number;
            hash: components["schemas"]["Hash"] | null;
            /**
             * Format: uint64
             * @description Its place in the layer 1's queue; null for what did not come from there.
             */
            queue_index: number | null;
            /** @description Who is paid on the layer 1. */
            to: components["schemas"]["L1Address"];
            /** @description Token number. */
            token: components["schemas"]["TokenNumber"];
            /** @description Its number among the batch's claims: the `which` of `claim`. */
            which: components["schemas"]["ClaimNumber"];
        };
        /** @description What batches cost. */
        CostsView: {
            /** @description The batches that came to the layer 1 last, the latest last. */
            batches: components["schemas"]["BatchGasView"][];
            /** @description The blocks that were seen last, the latest last. */
            blocks: components["schemas"]["BlockPriceView"][];
            estimate: components["schemas"]["EstimateView"] | null;
        };
        /** @description Decimal places of a token. */
        Decimals: number;
        /**
         * @description Why a batch was dropped, for programs. `docs/spec/api.md` says what each means.
         * @enum {string}
         */
        DropCode: "foreign_batch" | "reorganised" | "too_old" | "entry_gone" | "entry_left";
        /** @description A batch that was dropped. */
        DroppedView: {
            /**
             * Format: uint64
             * @description When it was dropped, Unix ms.
             */
            at_ms: number;
            /**
             * Format: uint64
             * @description Its number.
             */
            batch: number;
            /** @description Why, for programs. */
            code: components["schemas"]["DropCode"];
            /** @description Why, for people. */
            message: string;
        };
        /** @description Fees that a batch credits in a token. */
        EarnedFees: {
            /** @description The account to which they go. */
            account: components["schemas"]["AccountIndex"];
            /** @description Base units. */
            amount: components["schemas"]["Amount"];
            /** @description Token number. */
            token: components["schemas"]["TokenNumber"];
        };
        /** @description Every error of the interface: `{"error": {...}}`. */
        ErrorBody: {
            /** @description What went wrong. */
            error: components["schemas"]["ErrorDetail"];
        };
        /**
         * @description What went wrong, for programs. `docs/spec/api.md` says what each means and which data it has.
         * @enum {string}
         */
        ErrorCode: "malformed_request" | "malformed_json" | "invalid_body" | "body_unreadable" | "body_too_large" | "invalid_parameter" | "invalid_account_index" | "invalid_amount" | "invalid_fee" | "invalid_address" | "fee_not_representable" | "wrong_network" | "invalid_signature" | "unknown_account" | "wrong_token" | "wrong_owner" | "nonce_exhausted" | "wrong_nonce" | "nonce_too_far" | "nonce_taken" | "expired" | "expires_too_soon" | "expires_too_late" | "zero_amount" | "refused_receiver" | "insufficient_balance" | "amount_not_representable" | "balance_overflow" | "owner_off_curve" | "tree_full" | "fee_too_low" | "fee_token_not_accepted" | "duplicate" | "replaced" | "displaced" | "unauthorized" | "forbidden" | "no_jobs" | "read_only" | "unknown_transaction" | "unknown_batch" | "unknown_entry" | "unknown_key" | "unknown_job" | "unknown_path" | "not_proved_yet" | "root_not_kept" | "wrong_method" | "timed_out" | "reference_taken" | "job_taken" | "job_gone" | "wrong_proof" | "too_many_requests" | "internal" | "busy" | "starting_anew" | "storage_unavailable" | "halted";
        /** @description What went wrong. */
        ErrorDetail: {
            /** @description Stable, for programs. */
            code: components["schemas"]["ErrorCode"];
            /** @description The data behind it, by code: `docs/spec/api.md` says which. */
            details: Record<string, never>;
            /** @description For people. */
            message: string;
        };
        /** @description What a batch and its parts cost now, by what was measured last. Smoothed means: of the last about eight. */
        EstimateView: {
            /** @description Base fee of the layer 1, smoothed, wei per gas. */
            base_fee_wei: components["schemas"]["Amount"];
            /**
             * Format: uint64
             * @description Gas of a batch, smoothed.
             */
            batch_gas: number;
            /** @description Gas and proof of a batch, wei. */
            batch_wei: components["schemas"]["Amount"];
            /**
             * @description What an entry of the contract's queue pays for being taken, beside its own gas, at the latest block's
             *     base fee, wei.
             */
            entry_wei: components["schemas"]["Amount"];
            /**
             * Format: uint32
             * @description How much of a batch's room is used, smoothed, percent.
             */
            fill_percent: number;
            /** @description The part of a withdrawal, or of a transfer that makes an account, wei. */
            full_record_wei: components["schemas"]["Amount"];
            /**
             * Format: uint64
             * @description How long a proof takes, smoothed, ms; null before there was one.
             */
            proving_ms: number | null;
            /** @description What proving costs the operator, wei per second, as it says. */
            proving_wei_per_s: components["schemas"]["Amount"];
            /** @description What a block's maker is paid, wei per gas. */
            tip_wei: components["schemas"]["Amount"];
            /** @description A transfer's part of a batch that is at least half full, wei. */
            transfer_wei: components["schemas"]["Amount"];
        };
        /** @description What moves on `/v1/events`. The event's name is its `type`. */
        Event: {
            /**
             * Format: uint64
             * @description When, Unix ms.
             */
            at_ms: number;
            /**
             * Format: uint64
             * @description Its batch, once it has one.
             */
            batch: number | null;
            dropped: components["schemas"]["DroppedView"] | null;
            /** @description The account that signed it. */
            from: components["schemas"]["AccountIndex"];
            /** @description Its hash. */
            hash: components["schemas"]["Hash"];
            /** @description The stage. */
            stage: components["schemas"]["Stage"];
            to_account: components["schemas"]["AccountIndex"] | null;
            /** @enum {string} */
            type: "transaction";
        } | {
            /**
             * Format: uint64
             * @description When, Unix ms.
             */
            at_ms: number;
            /**
             * Format: uint64
             * @description Its batch.
             */
            batch: number;
            /** @description False for a deposit that bounced and for a forced order that was not valid. */
            executed: boolean;
            from: components["schemas"]["AccountIndex"] | null;
            /** @description What it is. */
            kind: components["schemas"]["RecordKind"];
            /**
             * Format: uint32
             * @description In the order of execution, from 0.
             */
            position: number;
            /**
             * Format: uint64
             * @description Its place in the layer 1's queue; null for what does not come from there.
             */
            queue_index: number | null;
            /** @description The stage. */
            stage: components["schemas"]["Stage"];
            to_account: components["schemas"]["AccountIndex"] | null;
            /** @enum {string} */
            type: "operation";
        } | {
            /**
             * Format: uint64
             * @description When, Unix ms.
             */
            at_ms: number;
            /**
             * Format: uint64
             * @description Its number.
             */
            number: number;
            /** @description The stage. */
            stage: components["schemas"]["Stage"];
            /** @enum {string} */
            type: "batch";
        } | {
            /**
             * Format: uint64
             * @description When, Unix ms.
             */
            at_ms: number;
            /** @description Why, for programs. */
            code: components["schemas"]["DropCode"];
            /** @description Why, for people. */
            message: string;
            /**
             * Format: uint64
             * @description Its number.
             */
            number: number;
            /** @enum {string} */
            type: "dropped";
        };
        /** @description Something that is wrong. */
        FaultView: {
            /** @description Stable, for programs: `docs/spec/api.md` lists them. */
            code: string;
            /** @description For people. */
            message: string;
        };
        /**
         * @description A fee: a number of base units that is a 16-bit float, decimal.
         * @example 1000000000000
         */
        Fee: string;
        /** @description What a transaction costs in a token. */
        FeeView: {
            /** @description Whether fees above 0 are taken in it. */
            accepted: boolean;
            /**
             * @description The least fee of a withdrawal, or of a transfer that makes an account, and what to offer for
             *     it, base units, representable.
             */
            full_record: components["schemas"]["Fee"];
            /** @description The least fee of a transfer to an account that exists, base units, representable. */
            minimum: components["schemas"]["Fee"];
            /** @description What to offer for it, base units, representable. */
            suggested: components["schemas"]["Fee"];
            /** @description Token number. */
            token: components["schemas"]["TokenNumber"];
            /**
             * Format: uint64
             * @description How long that is from the answer on, ms, for those whose clocks are wrong.
             */
            valid_ms: number;
            /**
             * Format: uint64
             * @description Until when these are taken, whatever is asked by then, Unix ms by the node's clock.
             */
            valid_until_ms: number;
        };
        /**
         * @description An element of the field of BN254, decimal.
         * @example 6540659283612357651293487
         */
        FieldElement: string;
        /** @description A point of G1 as the layer 1 takes it: x, y. */
        G1Words: components["schemas"]["Hash"][];
        /** @description A point of G2 as the layer 1 takes it: x1, x0, y1, y0. */
        G2Words: components["schemas"]["Hash"][];
        /**
         * @description What is announced at the contract, as the node read it: what a new verifier or another operator means is
         *     said in `docs/trust.md`.
         */
        GovernanceView: {
            /**
             * Format: uint64
             * @description The block of the layer 1 after which it was so.
             */
            block: number;
            /** @description Its hash, 0x hex. */
            block_hash: components["schemas"]["Hash"];
            governor: components["schemas"]["L1Address"] | null;
            guardian: components["schemas"]["L1Address"] | null;
            next_operator: components["schemas"]["L1Address"] | null;
            /**
             * Format: uint32
             * @description From announcing a shape, or closing, to its effect, s.
             */
            notice_s: number;
            /** @description Shapes that were announced and are not in use, by ascending number. */
            shapes: components["schemas"]["ProposalView"][];
        };
        /**
         * @description 32 bytes in hexadecimal digits: of a hash, a root, a digest.
         * @example 0x0fe1d2c3b4a5968778695a4b3c2d1e0f0fe1d2c3b4a5968778695a4b3c2d1e0f
         */
        Hash: string;
        /** @description What the statement's first words say, in readable form. */
        HeaderFields: {
            /**
             * Format: uint32
             * @description Leaves that are given out after it.
             */
            accounts_after: number;
            /**
             * Format: uint32
             * @description Leaves that are given out before the batch, the reserved leaf 0 among them.
             */
            accounts_before: number;
            /**
             * Format: uint64
             * @description Batch number.
             */
            batch: number;
            /**
             * Format: uint32
             * @description How many of the first full records are of the layer 1's queue.
             */
            l1_operations: number;
            /** @description Root after it. */
            new_root: components["schemas"]["FieldElement"];
            /** @description Root before the batch. */
            old_root: components["schemas"]["FieldElement"];
            /** @description Who is paid on the layer 1 for them, 0x and 40 hexadecimal digits. */
            settler: components["schemas"]["L1Address"];
            /**
             * Format: uint32
             * @description Unix seconds.
             */
            timestamp: number;
        };
        /** @description A worker is alive, or gives its job back. */
        Heartbeat: {
            /** @description The worker will not finish: the job is free at once. */
            abandon: boolean;
            /**
             * Format: uint64
             * @description Of the [`Lease`].
             */
            lease_id: number;
            phase?: components["schemas"]["PhaseName"] | null;
            /**
             * Format: float
             * @description About how much is done, from 0 to 1.
             */
            progress: number;
        };
        /** @description Whether to go on. */
        HeartbeatAnswer: {
            /** @description False when the job is no longer wanted. */
            continue: boolean;
        };
        /** @description Numbers of the last batch at each stage; 0 before the first. */
        Heights: {
            /**
             * Format: uint64
             * @description The batch that is open, or was last.
             */
            executed: number;
            /**
             * Format: uint64
             * @description Proof deep in the layer 1.
             */
            final: number;
            /**
             * Format: uint64
             * @description Data and proof on the layer 1.
             */
            proved: number;
            /**
             * Format: uint64
             * @description Executed in its final order.
             */
            sealed: number;
        };
        /** @description A status of HTTP. */
        HttpStatus: number;
        /** @description The file of a proving key. */
        KeyFile: string;
        /**
         * @description An address of the layer 1; where cases are mixed, with the checksum of EIP-55.
         * @example 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed
         */
        L1Address: string;
        /** @description Where the batch belongs on the layer 1. */
        L1Context: {
            /**
             * Format: uint64
             * @description Chain id.
             */
            chain_id: number;
            /** @description The rollup contract, 0x and 40 hexadecimal digits. */
            contract: components["schemas"]["L1Address"];
            transaction: components["schemas"]["Hash"] | null;
        };
        /** @description The layer 1 transaction of a batch. */
        L1Transactions: {
            submit: components["schemas"]["Hash"] | null;
        };
        /** @description The layer 1 as the node sees it. */
        L1View: {
            /**
             * Format: uint64
             * @description Latest block.
             */
            block: number;
            block_hash: components["schemas"]["Hash"] | null;
            /**
             * Format: uint64
             * @description When anybody may freeze it, Unix seconds; null where closing was not announced.
             */
            closing_at: number | null;
            /**
             * Format: uint64
             * @description Blocks on top of an entry of the queue before it is taken.
             */
            confirmations: number;
            /**
             * Format: uint64
             * @description Blocks on top of a proof before its batch is final.
             */
            finality_blocks: number;
            /**
             * Format: uint64
             * @description When anybody may freeze the rollup for that entry, unless a batch takes it before, Unix seconds;
             *     null where none waits.
             */
            freezable_at: number | null;
            /** @description Whether the rollup is frozen for good: its users leave on the layer 1. */
            frozen: boolean;
            /**
             * Format: uint32
             * @description Until when the first entry that no proved batch took must be taken, Unix seconds; null
             *     where none waits.
             */
            head_due: number | null;
            /**
             * Format: uint32
             * @description How much older than its block a batch's timestamp may be, s: an order must live longer.
             */
            max_lag_s: number;
            /**
             * Format: uint32
             * @description Until when anybody may settle batches, Unix seconds; 0 where nobody was ever late.
             */
            open_until: number;
            /**
             * Format: uint64
             * @description Of them, taken by proved batches.
             */
            queue_consumed: number;
            /**
             * Format: uint64
             * @description Entries in the contract's queue.
             */
            queue_length: number;
            /**
             * Format: uint64
             * @description Of them, taken into a batch by this node.
             */
            queue_taken: number;
            /**
             * Format: uint64
             * @description When the layer 1 last answered, Unix ms; 0 before the first time.
             */
            seen_ms: number;
            /**
             * Format: uint64
             * @description What time it is there, Unix seconds.
             */
            timestamp: number;
        };
        /** @description A job, lent for a time. */
        Lease: {
            /**
             * Format: uint64
             * @description The batch to prove.
             */
            batch: number;
            /**
             * Format: uint64
             * @description How often to send a heartbeat, ms.
             */
            heartbeat_ms: number;
            /**
             * Format: uint64
             * @description The job.
             */
            job_id: number;
            /**
             * Format: uint64
             * @description This lending of it; a later one has another number.
             */
            lease_id: number;
            /**
             * Format: uint64
             * @description How long the lease lives without a heartbeat, ms.
             */
            lease_ms: number;
            /** @description The circuit to prove it with. */
            shape: components["schemas"]["CircuitName"];
            /** @description SHA-256 of the verifying key that the proof must verify under; 0x hex in JSON. */
            verifying_key_sha256: components["schemas"]["Hash"];
            /** @description The batch's witness in postcard, base64 in JSON, at most [`WITNESS_BYTES_MAX`]. */
            witness: components["schemas"]["Base64Text"];
        };
        /** @description A worker asks for a job. */
        LeaseRequest: {
            /** @description Circuits that it has keys for. */
            shapes: components["schemas"]["CircuitName"][];
            /** @description Its name in logs and status, at most [`WORKER_NAME_BYTES_MAX`]. */
            worker: components["schemas"]["WorkerName"];
        };
        /** @description The siblings at each height, from the leaf up. */
        MerklePath: components["schemas"]["Siblings"][];
        /**
         * @description The kind of network.
         * @enum {string}
         */
        NetworkName: "public" | "development";
        /**
         * @description Kinds of operation that users sign.
         * @enum {string}
         */
        OperationKind: "transfer" | "withdrawal";
        /**
         * @description Who is paid: an owner's address, or one of the layer 1.
         * @example assaydev1r9d9xeq7jj2tlse2y0zemg27vh26as6qulztdftkr6cy9fkjwznql6ylz5
         */
        Payee: string;
        /**
         * @description Which way the money goes, as the account sees it.
         * @enum {string}
         */
        PaymentDirection: "incoming" | "outgoing" | "internal";
        /**
         * @description What moves an account's money.
         * @enum {string}
         */
        PaymentKind: "transfer" | "withdrawal" | "deposit" | "forced_transfer" | "forced_withdrawal" | "fees";
        /** @description A page of what moves an account's money, newest first. */
        PaymentList: {
            next_before: components["schemas"]["PaymentsCursor"] | null;
            /** @description Newest first. */
            payments: components["schemas"]["PaymentView"][];
        };
        /**
         * @description Where a page of payments begins: what the page before it says, and nothing else.
         * @example 00000001ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
         */
        PaymentsCursor: string;
        /** @description Times of a payment's stages, Unix ms; null where it has not come so far, or where it is not known. */
        PaymentTimes: {
            /**
             * Format: uint64
             * @description In the open batch; for what was not handed in here, when its batch was closed.
             */
            executed: number | null;
            /**
             * Format: uint64
             * @description Proof deep in the layer 1.
             */
            final: number | null;
            /**
             * Format: uint64
             * @description Data and proof on the layer 1.
             */
            proved: number | null;
            /**
             * Format: uint64
             * @description On disk; null for what was not handed in here.
             */
            received: number | null;
            /**
             * Format: uint64
             * @description Given up.
             */
            rejected: number | null;
            /**
             * Format: uint64
             * @description Batch closed and executed.
             */
            sealed: number | null;
        };
        /** @description Something that moves an account's money, or was meant to. */
        PaymentView: {
            /** @description Base units that move, or would have; without the fee. */
            amount: components["schemas"]["Amount"];
            /**
             * Format: uint64
             * @description The batch that holds it.
             */
            batch: number | null;
            counterparty: components["schemas"]["Payee"] | null;
            counterparty_account: components["schemas"]["AccountIndex"] | null;
            /** @description Which way the money goes. */
            direction: components["schemas"]["PaymentDirection"];
            dropped: components["schemas"]["DroppedView"] | null;
            /** @description Base units, which the sender pays beside the amount. */
            fee: components["schemas"]["Fee"];
            hash: components["schemas"]["Hash"] | null;
            /** @description What it is. */
            kind: components["schemas"]["PaymentKind"];
            /**
             * Format: uint32
             * @description Its place among the batch's operations in their order of execution, from 0; known once the batch is
             *     closed.
             */
            position: number | null;
            /**
             * Format: uint64
             * @description Its place in the layer 1's queue; null for what does not come from there.
             */
            queue_index: number | null;
            reference: components["schemas"]["Reference"] | null;
            rejection: components["schemas"]["ErrorDetail"] | null;
            /** @description How far it has come. */
            stage: components["schemas"]["Stage"];
            /** @description When it came to each stage. */
            times_ms: components["schemas"]["PaymentTimes"];
            /** @description Token number. */
            token: components["schemas"]["TokenNumber"];
        };
        /**
         * @description The parts of making a proof, in their order: as JSON names them.
         * @enum {string}
         */
        PhaseName: "witness" | "matrices" | "fft" | "msm_a" | "msm_b2" | "msm_c" | "verify";
        /** @description A point: x and y. */
        Point: components["schemas"]["FieldElement"][];
        /** @description Transactions that wait. */
        PoolView: {
            /**
             * Format: uint64
             * @description How many may.
             */
            most: number;
            /**
             * Format: uint64
             * @description How many wait.
             */
            transactions: number;
        };
        /** @description A Groth16 proof: 256 bytes in hexadecimal digits. */
        ProofText: string;
        /**
         * @description How far a shape is that was announced.
         * @enum {string}
         */
        ProposalState: "announced" | "ready" | "waits" | "usable" | "void";
        /** @description A shape of batches that is announced, with a verifier of its own. */
        ProposalView: {
            /**
             * Format: uint64
             * @description So many entries of the queue must be taken before it is used; null before that was recorded.
             */
            after_entries: number | null;
            /**
             * Format: uint32
             * @description Fee slots.
             */
            fee_slots: number;
            /**
             * Format: uint32
             * @description Full records.
             */
            full_records: number;
            /** @description Its number. */
            number: components["schemas"]["ShapeNumber"];
            /**
             * Format: uint64
             * @description From when anybody may have the queue's length recorded, Unix seconds.
             */
            ready_at: number;
            /** @description How far it is. */
            state: components["schemas"]["ProposalState"];
            /**
             * Format: uint32
             * @description Transfer records.
             */
            transfers: number;
            /** @description The contract that would verify its proofs. */
            verifier: components["schemas"]["L1Address"];
            verifying_key_sha256: components["schemas"]["Hash"] | null;
            /**
             * Format: uint64
             * @description After it the proposal is void, Unix seconds.
             */
            void_at: number;
        };
        /** @description A claim of a batch that is on the layer 1. */
        ProvedClaim: components["schemas"]["ClaimView"] & {
            /**
             * Format: uint64
             * @description The batch: what else `claim` wants of it is in `batches`.
             */
            batch: number;
            /**
             * @description Whether the contract had paid it after its latest block; null where the layer 1 did not answer in
             *     time.
             */
            claimed: boolean | null;
        };
        /** @description Proving jobs. */
        ProverView: {
            /**
             * Format: uint64
             * @description Batches that a worker has on lease.
             */
            leased: number;
            /**
             * Format: uint64
             * @description Batches without a proof that nobody works on.
             */
            open: number;
        };
        /** @description An entry of the queue that is in a batch. */
        QueueEntryView: components["schemas"]["BatchOperation"] & {
            /**
             * Format: uint64
             * @description The batch.
             */
            batch: number;
            /** @description Who gets back on the layer 1 what is not used. */
            refund_to: components["schemas"]["L1Address"];
            /** @description How far the batch has come. */
            stage: components["schemas"]["Stage"];
            /** @description What at this stage depends on trusting the operator. */
            trust: string;
        };
        /** @description Whether the node is well. */
        ReadyView: {
            /** @description Why not, or what else is wrong. */
            faults: components["schemas"]["FaultView"][];
            /** @description Whether the node takes transactions and moves batches. */
            ready: boolean;
        };
        /** @description The answer to an accepted transaction: the operator's signed promise. */
        Receipt: {
            /** @description Names the transaction. */
            hash: components["schemas"]["Hash"];
            /** @description Whose key signed this receipt: the operator's address. */
            operator: components["schemas"]["Address"];
            /**
             * Format: uint64
             * @description When the operator took it.
             */
            received_ms: number;
            /** @description On the message of `docs/spec/api.md`. */
            signature: components["schemas"]["SignatureView"];
        };
        /**
         * @description Kinds of operation in a batch.
         * @enum {string}
         */
        RecordKind: "transfer" | "withdrawal" | "deposit" | "forced_transfer" | "forced_withdrawal";
        /** @description A text that the sender of a transaction put beside it. */
        Reference: {
            /** @description Of the sender, on the message of `docs/spec/api.md`. */
            signature: components["schemas"]["SignatureView"];
            /** @description For what is paid. */
            text: components["schemas"]["ReferenceText"];
        };
        /** @description For what is paid: 1 to 140 characters, without any that are not seen. */
        ReferenceText: string;
        /** @description The shape of the batch, spelt out. */
        ShapeFields: {
            /** @description Fee slots. */
            fee_slots: number;
            /** @description Full records. */
            full_records: number;
            /** @description Its number. */
            id: components["schemas"]["ShapeNumber"];
            /** @description Its name. */
            name: components["schemas"]["ShapeName"];
            /** @description Transfer records. */
            transfers: number;
        };
        /**
         * @description The shape of a batch.
         * @enum {string}
         */
        ShapeName: "tiny" | "small" | "medium" | "large";
        /** @description Number of a shape. */
        ShapeNumber: number;
        /** @description A shape that batches may have. */
        ShapeView: {
            /**
             * Format: uint32
             * @description Fee slots.
             */
            fee_slots: number;
            /**
             * Format: uint32
             * @description Full records.
             */
            full_records: number;
            /** @description Whether everybody can forge proofs under the key: development only. */
            insecure_development_key: boolean;
            /** @description Name. */
            name: components["schemas"]["ShapeName"];
            /**
             * Format: uint32
             * @description Transfer records.
             */
            transfers: number;
            /** @description SHA-256 of the verifying key, 0x hex. */
            verifying_key_sha256: components["schemas"]["Hash"];
        };
        /** @description The three nodes beside the path at one height. */
        Siblings: components["schemas"]["FieldElement"][];
        /** @description An EdDSA-Poseidon signature. */
        SignatureView: {
            /** @description The nonce's point, decimal. */
            r8: components["schemas"]["Point"];
            /** @description The response, decimal. */
            s: components["schemas"]["FieldElement"];
        };
        /** @description A signed operation, as `POST /v1/transactions` takes it. */
        SignedOperation: {
            /** @description Base units, decimal. */
            amount: components["schemas"]["Amount"];
            /**
             * Format: uint32
             * @description The last second at which it may be executed, Unix time.
             */
            expires: number;
            /** @description Base units, decimal; a 16-bit float. */
            fee: components["schemas"]["Fee"];
            /** @description The account that pays. */
            from: components["schemas"]["AccountIndex"];
            /** @description Transfer or withdrawal. */
            kind: components["schemas"]["OperationKind"];
            /**
             * Format: uint32
             * @description Its nonce.
             */
            nonce: number;
            /** @description Of the sender. */
            signature: components["schemas"]["SignatureView"];
            /** @description The payee's address; for a withdrawal an address of the layer 1. */
            to: components["schemas"]["Payee"];
            /** @description Token number. */
            token: components["schemas"]["TokenNumber"];
        };
        /**
         * @description How far a transaction or a batch has come.
         * @enum {string}
         */
        Stage: "received" | "executed" | "sealed" | "proved" | "final" | "rejected";
        /** @description The node and its network. */
        StatusView: {
            /**
             * Format: uint64
             * @description A batch is closed so long after its first operation, ms.
             */
            batch_time_ms: number;
            /**
             * Format: uint64
             * @description EIP-155 chain id of the layer 1.
             */
            chain_id: number;
            /** @description The rollup contract. */
            contract: components["schemas"]["L1Address"];
            /** @description Separates deployments in signatures: a field element, decimal. */
            domain: components["schemas"]["FieldElement"];
            /** @description Path of the call that gives test money, on a development network that does; else null. */
            faucet: string | null;
            /** @description Why not, or what else is wrong. */
            faults: string[];
            governance: components["schemas"]["GovernanceView"] | null;
            /** @description Last batch of each stage. */
            heights: components["schemas"]["Heights"];
            /** @description Layer 1. */
            l1: components["schemas"]["L1View"];
            /** @description `public` or `development`. */
            network: components["schemas"]["NetworkName"];
            operator: components["schemas"]["Address"] | null;
            /** @description Transactions that wait. */
            pool: components["schemas"]["PoolView"];
            /** @description Proving jobs. */
            prover: components["schemas"]["ProverView"];
            /** @description Whether the node takes transactions. */
            ready: boolean;
            /** @description Shapes that batches may have. */
            shapes: components["schemas"]["ShapeView"][];
            /** @description What each stage depends on. */
            trust: string[];
            /** @description Of this program. */
            version: string;
        };
        /** @description A finished proof. */
        Submission: {
            /**
             * Format: uint64
             * @description Of the [`Lease`].
             */
            lease_id: number;
            /** @description What each phase took, seconds. */
            phases: {
                [key: string]: number;
            };
            /** @description The proof: 0x and 512 hexadecimal digits. */
            proof: components["schemas"]["ProofText"];
        };
        /** @description What became of a submitted proof. */
        SubmissionAnswer: {
            /** @description The node took it; false when it had one already. */
            accepted: boolean;
        };
        /** @description A batch's part of the transaction that brought it to the layer 1, by its receipt. */
        SubmissionCostView: {
            /**
             * Format: uint64
             * @description Batches that the transaction brought, among whom its gas is shared evenly.
             */
            batches: number;
            /**
             * Format: uint64
             * @description Gas of this batch.
             */
            gas: number;
            /**
             * Format: uint64
             * @description Gas of this batch by operation in it; null where it holds none.
             */
            gas_per_operation: number | null;
            /** @description What was paid, wei per gas. */
            gas_price_wei: components["schemas"]["Amount"];
            /**
             * Format: uint64
             * @description Gas of the whole transaction.
             */
            transaction_gas: number;
            /** @description What the batch's gas cost whoever sent the transaction, wei. */
            wei: components["schemas"]["Amount"];
        };
        /** @description Number of a token on the rollup; 0 is the layer 1's ether. */
        TokenNumber: number;
        /** @description A token. */
        TokenView: {
            address: components["schemas"]["L1Address"] | null;
            decimals: components["schemas"]["Decimals"] | null;
            /** @description The operator's name for it: no two tokens have the same. Null where it has none. */
            name: string | null;
            /** @description Its number on the rollup; 0 is ether. */
            number: components["schemas"]["TokenNumber"];
            /** @description What it calls itself; anybody may choose any name. */
            symbol: string | null;
        };
        /** @description What became of one of the transactions that were handed in together: a receipt, or an error. */
        TransactionAnswer: {
            error: components["schemas"]["ErrorDetail"] | null;
            hash: components["schemas"]["Hash"] | null;
            receipt: components["schemas"]["Receipt"] | null;
            /** @description The HTTP status with which it would have been answered alone. */
            status: components["schemas"]["HttpStatus"];
        };
        /** @description What became of transactions that were handed in together. */
        TransactionAnswers: {
            /** @description In their order. */
            answers: components["schemas"]["TransactionAnswer"][];
        };
        /** @description Signed operations that are handed in together. */
        TransactionList: {
            /** @description They are taken in this order; those of one account follow on each other by their nonces. */
            transactions: components["schemas"]["SignedOperation"][];
        };
        /** @description Times of a transaction's stages, Unix ms; null where it has not come so far. */
        TransactionTimes: {
            /**
             * Format: uint64
             * @description In the open batch.
             */
            executed: number | null;
            /**
             * Format: uint64
             * @description Proof deep in the layer 1.
             */
            final: number | null;
            /**
             * Format: uint64
             * @description Data and proof on the layer 1.
             */
            proved: number | null;
            /**
             * Format: uint64
             * @description On disk.
             */
            received: number;
            /**
             * Format: uint64
             * @description Given up.
             */
            rejected: number | null;
            /**
             * Format: uint64
             * @description Batch closed and executed.
             */
            sealed: number | null;
        };
        /** @description A transaction and how far it has come. */
        TransactionView: {
            /**
             * Format: uint64
             * @description The batch that holds it.
             */
            batch: number | null;
            dropped: components["schemas"]["DroppedView"] | null;
            /** @description Its hash. */
            hash: components["schemas"]["Hash"];
            /** @description The layer 1 transaction of its batch. */
            l1: components["schemas"]["L1Transactions"];
            /** @description What was signed. */
            operation: components["schemas"]["SignedOperation"];
            /**
             * Format: uint32
             * @description Its place among the batch's operations in their order of execution, from 0; known once
             *     the batch is closed.
             */
            position: number | null;
            reference: components["schemas"]["Reference"] | null;
            rejection: components["schemas"]["ErrorDetail"] | null;
            /** @description How far it has come. */
            stage: components["schemas"]["Stage"];
            /** @description When it came to each stage. */
            times_ms: components["schemas"]["TransactionTimes"];
            to_account: components["schemas"]["AccountIndex"] | null;
            /** @description What at this stage depends on trusting the operator. */
            trust: string;
        };
        /** @description The verifying key, word by word: G1 is x, y; G2 is x1, x0, y1, y0 (EIP-197). */
        VerifyingKeyFields: {
            /** @description In G1. */
            alpha: components["schemas"]["G1Words"];
            /** @description In G2. */
            beta: components["schemas"]["G2Words"];
            /** @description In G2. */
            delta: components["schemas"]["G2Words"];
            /** @description In G2. */
            gamma: components["schemas"]["G2Words"];
            /** @description In G1: the constant, C, z, y. */
            ic: components["schemas"]["G1Words"][];
        };
        /** @description What waits in the queue. */
        WaitingEntries: {
            /**
             * Format: uint64
             * @description The block of the layer 1 after which this was read; null before the first time.
             */
            block: number | null;
            /** @description The next to be taken first; at most 256. */
            entries: components["schemas"]["WaitingEntryView"][];
        };
        /** @description An entry of the queue that is in no batch yet. */
        WaitingEntryView: {
            /** @description Base units; of a forced withdrawal the most that it takes. */
            amount: components["schemas"]["Amount"];
            /**
             * Format: uint64
             * @description The block of the layer 1 that holds it.
             */
            block: number;
            /** @description Whether it is deep enough on the layer 1 to be taken. */
            confirmed: boolean;
            /**
             * Format: uint32
             * @description Until when a proved batch must take it, Unix seconds.
             */
            due: number;
            from: components["schemas"]["AccountIndex"] | null;
            /** @description A deposit, or an order that was forced. */
            kind: components["schemas"]["RecordKind"];
            /** @description The transaction of the layer 1 that queued it, 0x hex. */
            l1_transaction: components["schemas"]["Hash"];
            /**
             * Format: uint64
             * @description Its place in the queue, from 0.
             */
            queue_index: number;
            /** @description Who gets back on the layer 1 what is not used. */
            refund_to: components["schemas"]["L1Address"];
            /** @description Who is paid: an address of the rollup, or of a forced withdrawal one of the layer 1. */
            to: components["schemas"]["Payee"];
            to_account: components["schemas"]["AccountIndex"] | null;
            /** @description Token number. */
            token: components["schemas"]["TokenNumber"];
        };
        /** @description What the node remembers of its workers. */
        WorkerList: {
            /** @description Each, by name. */
            workers: components["schemas"]["WorkerView"][];
        };
        /** @description What a worker calls itself, at most 64 bytes of UTF-8. */
        WorkerName: string;
        /** @description What a worker did since the node's start. */
        WorkerView: {
            /**
             * Format: uint64
             * @description Jobs that it gave back or lost.
             */
            failures: number;
            /**
             * Format: uint64
             * @description Jobs that were lent to it.
             */
            jobs: number;
            /**
             * Format: uint64
             * @description Jobs that it has now.
             */
            leases: number;
            /** @description As it calls itself. */
            name: string;
            /**
             * Format: uint64
             * @description Proofs of it that were taken.
             */
            proofs: number;
            /** @description The same, each with how far it is. */
            proves: components["schemas"]["WorkView"][];
            /**
             * Format: uint64
             * @description When it was heard of last, Unix ms.
             */
            seen_ms: number;
            /**
             * Format: uint64
             * @description Proofs of it that were wrong.
             */
            wrong_proofs: number;
        };
        /** @description A batch that a worker proves now. */
        WorkView: {
            /**
             * Format: uint64
             * @description The batch.
             */
            batch: number;
            /**
             * Format: uint64
             * @description How long the worker has had it, ms.
             */
            leased_ms: number;
            phase: components["schemas"]["PhaseName"] | null;
            /**
             * Format: float
             * @description About how much is done, from 0 to 1.
             */
            progress: number;
            /** @description The circuit that it is proved with. */
            shape: components["schemas"]["CircuitName"];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getIndex: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A sentence */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description ok */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Prometheus text */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ready */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadyView"];
                };
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not ready; `faults` says why */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadyView"];
                };
            };
        };
    };
    listAccounts: {
        parameters: {
            query: {
                /** @description The owner's address */
                owner: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accounts of an owner. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountList"];
                };
            };
            /** @description `invalid_parameter`, `invalid_address`, `wrong_network` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Index of its leaf */
                index: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An account. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountView"];
                };
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unknown_account` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    listPayments: {
        parameters: {
            query?: {
                /** @description `next_before` of the page before, of the same account */
                before?: string;
                /** @description How many at most; 20 by default */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Index of the account's leaf */
                index: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of what moves an account's money, newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PaymentList"];
                };
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unknown_account` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getAccountProof: {
        parameters: {
            query?: {
                /** @description By default the last proved batch */
                batch?: number;
            };
            header?: never;
            path: {
                /** @description Index of the leaf */
                index: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A Merkle proof of an account's leaf. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountProof"];
                };
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `root_not_kept` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    listBatches: {
        parameters: {
            query?: {
                /** @description Only batches below this number */
                before?: number;
                /** @description How many at most; 20 by default */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of batches, latest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchList"];
                };
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the batch */
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A batch with what it holds. */
            200: {
                headers: {
                    /** @description Of a final batch */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchDetail"];
                };
            };
            /** @description It is final, and as it was with the `ETag` in `If-None-Match` */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unknown_batch` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getBundle: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the batch */
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /**
             * @description A batch, its proof, and what they are checked against. Values are as the file has them;
             *     [`Bundle::check`] says which of them are right.
             */
            200: {
                headers: {
                    /** @description Of the bundle of a final batch */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bundle"];
                };
            };
            /** @description Its batch is final, and it is as it was with the `ETag` in `If-None-Match` */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unknown_batch`, `not_proved_yet` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    listClaims: {
        parameters: {
            query?: {
                /** @description `next_before` of the page before */
                before?: string;
                /** @description The account that pays */
                from?: number;
                /** @description How many at most; 20 by default */
                limit?: number;
                /** @description Who is paid on the layer 1 */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of claims, latest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClaimList"];
                };
            };
            /** @description `invalid_parameter`, `invalid_address` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unknown_account` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getCosts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What batches cost. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CostsView"];
                };
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    streamEvents: {
        parameters: {
            query?: {
                /** @description What these accounts send and, from `executed` on, receive */
                account?: string;
                /** @description This batch, there or not yet, and what it holds */
                batch?: number;
                /** @description As `Last-Event-ID`, for those who cannot set a header; where both are given the header holds */
                last_event_id?: string;
                /** @description These transactions, handed in or not yet */
                transaction?: string;
                /** @description Events of this type */
                type?: "transaction" | "operation" | "batch" | "dropped";
            };
            header?: {
                /** @description Id of the last event that was heard; from now on where there is none */
                "Last-Event-ID"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-sent events named as the types of `Event`, `lagged` and `reset` */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unknown_account` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `busy`: too many listen. `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getFees: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What a transaction costs in a token. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeeView"][];
                };
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `read_only`: ask the operator's node */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getProvingKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description SHAPE.proving.key, or escape.proving.key */
                file: "tiny.proving.key" | "small.proving.key" | "medium.proving.key" | "large.proving.key" | "escape.proving.key";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key file */
            200: {
                headers: {
                    /** @description Of the file */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": components["schemas"]["KeyFile"];
                };
            };
            /** @description It is the one whose `ETag` is in `If-None-Match` */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unknown_key`: the node does not have it */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests`: others are downloading */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    sendHeartbeat: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Heartbeat"];
            };
        };
        responses: {
            /** @description Whether to go on. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeartbeatAnswer"];
                };
            };
            /** @description `invalid_parameter`, `malformed_json`, `invalid_body`, `body_unreadable` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unauthorized`: there is no token */
            401: {
                headers: {
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `forbidden`: it is another token. `no_jobs`: the node lends none */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unknown_job` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `job_taken`: the lease has run out, or the job is another's */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `job_gone`: it is no longer wanted */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    submitProof: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Submission"];
            };
        };
        responses: {
            /** @description What became of a submitted proof. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubmissionAnswer"];
                };
            };
            /** @description `invalid_parameter`, `malformed_json`, `invalid_body`, `body_unreadable` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unauthorized`: there is no token */
            401: {
                headers: {
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `forbidden`: it is another token. `no_jobs`: the node lends none */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unknown_job` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `job_taken`: the job is another's */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `job_gone`: it is no longer wanted */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_proof`: the job is free again */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    leaseJob: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LeaseRequest"];
            };
        };
        responses: {
            /** @description A job, lent for a time. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lease"];
                };
            };
            /** @description Nothing to prove */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_parameter`, `malformed_json`, `invalid_body`, `body_unreadable` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unauthorized`: there is no token */
            401: {
                headers: {
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `forbidden`: it is another token. `no_jobs`: the node lends none */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    listWorkers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the node remembers of its workers. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkerList"];
                };
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unauthorized`: there is no token */
            401: {
                headers: {
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `forbidden`: it is another token. `no_jobs`: the node lends none */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    listWaitingEntries: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What waits in the queue. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WaitingEntries"];
                };
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getQueueEntry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its place in the queue, from 0 */
                index: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An entry of the queue that is in a batch. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueEntryView"];
                };
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unknown_entry`: no batch that is kept here holds it */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The node and its network. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatusView"];
                };
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A token. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenView"][];
                };
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    submitTransaction: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignedOperation"];
            };
        };
        responses: {
            /** @description Taken */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            /** @description It breaks a rule; the code says which */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `read_only`: the node only follows the layer 1 */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `duplicate`, `nonce_taken` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `busy`, `starting_anew`, `storage_unavailable`, `halted`: the node takes nothing now */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getTransaction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the transaction */
                hash: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A transaction and how far it has come. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TransactionView"];
                };
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unknown_transaction` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew` */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getReceipt: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the transaction */
                hash: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer to an accepted transaction: the operator's signed promise. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            /** @description `invalid_parameter` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `read_only`: the node only follows the layer 1, and promises nothing */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unknown_transaction`: it was not acknowledged here, or is not kept any more */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `starting_anew`, `halted`: the node does not know yet what it acknowledged */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    addReference: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the transaction */
                hash: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reference"];
            };
        };
        responses: {
            /** @description It stands beside the transaction */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reference"];
                };
            };
            /** @description `invalid_signature`: it is not the sender's, for this transaction. `invalid_parameter`, `malformed_json`, `invalid_body`, `body_unreadable` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `read_only`: the node only follows the layer 1 */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unknown_transaction` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `reference_taken`: another stands there */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `busy`, `starting_anew`, `storage_unavailable`, `halted`: the node takes nothing now */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    submitTransactions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TransactionList"];
            };
        };
        responses: {
            /** @description They were looked at; what became of each is in its answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TransactionAnswers"];
                };
            };
            /** @description `invalid_parameter`, `malformed_json`, `invalid_body`, `body_unreadable` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `read_only`: the node only follows the layer 1 */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `wrong_method` */
            405: {
                headers: {
                    Allow: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `timed_out`: the request, its head or the answer took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `internal`: the node's log says what */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `busy`, `starting_anew`, `storage_unavailable`, `halted`: the node takes nothing now, and none of them */
            503: {
                headers: {
                    /** @description When to try again, in seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
}
