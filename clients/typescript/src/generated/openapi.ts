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
        get: {
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
            };
        };
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
        get: {
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
            };
        };
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
        get: {
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
            };
        };
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
        get: {
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
                        "application/json": Record<string, never>;
                    };
                };
                /** @description Not ready; `faults` says why */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
            };
        };
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
        get: {
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
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AccountList"];
                    };
                };
                /** @description `invalid_address`, `wrong_network` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
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
        get: {
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
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AccountView"];
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
            };
        };
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
        get: {
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
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AccountProof"];
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
            };
        };
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
        get: {
            parameters: {
                query?: {
                    /** @description Only batches below this number */
                    before?: number;
                    /** @description How many, at most 100; 20 by default */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BatchList"];
                    };
                };
            };
        };
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
        get: {
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
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BatchDetail"];
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
            };
        };
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
        get: {
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
                /** @description The bundle */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
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
            };
        };
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
         * Transactions and batches as they move.
         * @description Each event is named `transaction` or `batch`. A listener that is too slow gets an event
         *     `lagged` with the number of events that it missed.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A stream of events */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": components["schemas"]["Event"];
                    };
                };
            };
        };
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
        /** What a transaction costs, by token. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FeeView"][];
                    };
                };
                /** @description `read_only` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
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
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description SHAPE.proving.key, or escape.proving.key */
                    file: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The key file */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": unknown;
                    };
                };
                /** @description The node does not have it: code unknown_key */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description Others are downloading: code too_many_requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
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
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The job */
                    id: number;
                };
                cookie?: never;
            };
            /** @description `lease_id`, `phase`, `progress`, `abandon` */
            requestBody: {
                content: {
                    "application/json": Record<string, never>;
                };
            };
            responses: {
                /** @description `continue` */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
                /** @description `job_taken` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description `job_gone` */
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
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
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The job */
                    id: number;
                };
                cookie?: never;
            };
            /** @description `lease_id`, `proof`, `phases` */
            requestBody: {
                content: {
                    "application/json": Record<string, never>;
                };
            };
            responses: {
                /** @description `accepted`; false when there was a proof already */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
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
            };
        };
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
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description `worker`, `shapes` */
            requestBody: {
                content: {
                    "application/json": Record<string, never>;
                };
            };
            responses: {
                /** @description A job with its witness */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
                /** @description Nothing to prove */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
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
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description `workers`, each with `name`, `leases`, `jobs`, `proofs`, `wrong_proofs`, `failures`, `seen_ms` */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
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
        get: {
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
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["QueueEntryView"];
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
            };
        };
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
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["StatusView"];
                    };
                };
            };
        };
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
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TokenView"][];
                    };
                };
            };
        };
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
        post: {
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
                /** @description Taken before, or its nonce is */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description The node takes nothing now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
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
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description 0x and 64 hex digits */
                    hash: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TransactionView"];
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
            };
        };
        put?: never;
        post?: never;
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
        /** @description Accounts of an owner. */
        AccountList: {
            /** @description By index. */
            accounts: components["schemas"]["AccountView"][];
        };
        /** @description A Merkle proof of an account's leaf. */
        AccountProof: {
            /** @description Base units. */
            balance?: string | null;
            /**
             * Format: int64
             * @description The batch after which it holds.
             */
            batch: number;
            /**
             * Format: int32
             * @description Index of the leaf.
             */
            index: number;
            /** @description The leaf, decimal. */
            leaf: string;
            /**
             * Format: int32
             * @description Next nonce.
             */
            nonce?: number | null;
            /** @description Owner's coordinates, decimal; null for an empty leaf. */
            owner?: string[] | null;
            /** @description Root after that batch, 0x hex. */
            root: string;
            /** @description The three nodes beside the path at each height, from the leaf up, decimal. */
            siblings: string[][];
            /**
             * Format: int32
             * @description Token number.
             */
            token?: number | null;
        };
        /** @description An account. */
        AccountView: {
            /** @description After all executed transactions, base units. */
            balance: string;
            /**
             * Format: int32
             * @description Index of its leaf.
             */
            index: number;
            /**
             * Format: int32
             * @description The nonce to sign next: after those executed and those waiting in an unbroken row.
             */
            next_nonce: number;
            /**
             * Format: int32
             * @description Of the next transaction to execute.
             */
            nonce: number;
            /** @description Address of its owner. */
            owner: string;
            /**
             * Format: int32
             * @description Its transactions that wait for execution.
             */
            pending: number;
            /** @description In the last proved batch, base units; null where it did not exist there. */
            proved_balance?: string | null;
            /**
             * Format: int32
             * @description In the last proved batch.
             */
            proved_nonce?: number | null;
            /**
             * Format: int32
             * @description Token number.
             */
            token: number;
        };
        /** @description A batch with what it holds. */
        BatchDetail: components["schemas"]["BatchView"] & {
            /** @description In the order of the contract's list. */
            claims: components["schemas"]["ClaimView"][];
            /** @description In the order of execution. */
            contents: components["schemas"]["BatchOperation"][];
            /** @description What the contract is told. */
            header: components["schemas"]["BatchHeaderView"];
        };
        /** @description What the contract hashes of a batch, and `claim` must repeat. */
        BatchHeaderView: {
            /**
             * Format: int32
             * @description Leaves that are given out after it.
             */
            accounts: number;
            /** @description Hash of what can be claimed, 0x hex. */
            claims_hash: string;
            /** @description C, 0x hex. */
            commitment: string;
            /** @description Root after the batch, 0x hex. */
            new_root: string;
            /**
             * Format: int64
             * @description Entries of the layer 1 queue consumed after the batch.
             */
            queue_end: number;
            /**
             * Format: int32
             * @description Number of the shape.
             */
            shape: number;
            /**
             * Format: int32
             * @description Unix seconds.
             */
            timestamp: number;
        };
        /** @description A page of batches, latest first. */
        BatchList: {
            /** @description Latest first. */
            batches: components["schemas"]["BatchView"][];
            /**
             * Format: int64
             * @description Ask with `before` = this for the next page; null at the end.
             */
            next_before?: number | null;
        };
        /** @description An operation of a batch. */
        BatchOperation: {
            /** @description Base units; of a forced withdrawal, what was asked for at most. */
            amount: string;
            /** @description False for a deposit that bounced and for a forced order that was not valid. */
            executed: boolean;
            /** @description Base units. */
            fee: string;
            /**
             * Format: int32
             * @description The account that pays.
             */
            from?: number | null;
            /** @description Hash of the transaction; null for what comes from the layer 1's queue. */
            hash?: string | null;
            /** @description What it is. */
            kind: components["schemas"]["RecordKind"];
            /** @description Base units that moved. */
            paid: string;
            /**
             * Format: int32
             * @description In the order of execution, from 0.
             */
            position: number;
            /**
             * Format: int64
             * @description Its place in the layer 1's queue; null for what does not come from there.
             */
            queue_index?: number | null;
            /** @description The payee's address. */
            to: string;
            /**
             * Format: int32
             * @description The account that is credited.
             */
            to_account?: number | null;
            /**
             * Format: int32
             * @description Token number.
             */
            token: number;
        };
        /** @description Times of a batch's stages, Unix ms; null where it has not come so far. */
        BatchTimes: {
            /**
             * Format: int64
             * @description No further operation joins.
             */
            closed: number;
            /**
             * Format: int64
             * @description The proof is deep in the layer 1.
             */
            final?: number | null;
            /**
             * Format: int64
             * @description A worker's proof has been verified.
             */
            proof?: number | null;
            /**
             * Format: int64
             * @description Data and proof are on the layer 1.
             */
            proved?: number | null;
            /**
             * Format: int64
             * @description Executed in its final order.
             */
            sealed?: number | null;
        };
        /** @description A batch. */
        BatchView: {
            /**
             * Format: int32
             * @description Leaves that are given out after it, the reserved leaf 0 among them.
             */
            accounts: number;
            /** @description Its layer 1 transaction. */
            l1: components["schemas"]["L1Transactions"];
            /** @description Root after it, 0x hex. */
            new_root: string;
            /**
             * Format: int64
             * @description Its number, the first is 1.
             */
            number: number;
            /** @description Root before it, 0x hex. */
            old_root: string;
            /**
             * Format: int32
             * @description How many operations it holds.
             */
            operations: number;
            /** @description Who proved it, by the worker's own account. */
            prover?: string | null;
            /** @description The address of the layer 1 that is paid for the entries of the queue in it. */
            settler: string;
            /** @description `tiny`, `small`, `medium` or `large`. */
            shape: string;
            /** @description How far it has come. */
            stage: components["schemas"]["Stage"];
            /** @description When it came to each stage. */
            times_ms: components["schemas"]["BatchTimes"];
            /**
             * Format: int32
             * @description Unix seconds, against which expiry was checked.
             */
            timestamp: number;
            /** @description What at this stage depends on trusting the operator. */
            trust: string;
        };
        /**
         * @description What can be claimed on the layer 1 once the batch is proved: a withdrawal, or a deposit that
         *     came back.
         */
        ClaimView: {
            /** @description Base units. */
            amount: string;
            /**
             * Format: int32
             * @description The account that paid; 0 for a deposit that came back.
             */
            from: number;
            /** @description Hash of the transaction; null for what came from the layer 1's queue. */
            hash?: string | null;
            /**
             * Format: int64
             * @description Its place in the layer 1's queue; null for what did not come from there.
             */
            queue_index?: number | null;
            /** @description Who is paid on the layer 1. */
            to: string;
            /**
             * Format: int32
             * @description Token number.
             */
            token: number;
            /**
             * Format: int32
             * @description Its number among the batch's claims: the `which` of `claim`.
             */
            which: number;
        };
        /** @description A batch that was dropped. */
        DroppedView: {
            /**
             * Format: int64
             * @description When it was dropped, Unix ms.
             */
            at_ms: number;
            /**
             * Format: int64
             * @description Its number.
             */
            batch: number;
            /** @description Why, for programs: `foreign_batch`, `reorganised`, `too_old`, `entry_gone`, `entry_left`. */
            code: string;
            /** @description Why, for people. */
            message: string;
        };
        /** @description Every error of the interface: `{"error": {...}}`. */
        ErrorBody: {
            /** @description What went wrong. */
            error: components["schemas"]["ErrorDetail"];
        };
        /** @description What went wrong. */
        ErrorDetail: {
            /** @description Stable, for programs. */
            code: string;
            /** @description The data behind it, by code. */
            details?: Record<string, never>;
            /** @description For people. */
            message: string;
        };
        /** @description What moves on `/v1/events`. The event's name is `transaction` or `batch`. */
        Event: {
            /**
             * Format: int64
             * @description When, Unix ms.
             */
            at_ms: number;
            /**
             * Format: int64
             * @description Its batch, once it has one.
             */
            batch?: number | null;
            /** @description Its hash. */
            hash: string;
            /** @description The stage. */
            stage: components["schemas"]["Stage"];
            /** @enum {string} */
            type: "transaction";
        } | {
            /**
             * Format: int64
             * @description When, Unix ms.
             */
            at_ms: number;
            /**
             * Format: int64
             * @description Its number.
             */
            number: number;
            /** @description The stage. */
            stage: components["schemas"]["Stage"];
            /** @enum {string} */
            type: "batch";
        };
        /** @description What a transaction costs in a token. */
        FeeView: {
            /** @description Whether fees above 0 are taken in it. */
            accepted: boolean;
            /**
             * @description The least fee of a withdrawal, or of a transfer that makes an account, and what to offer for
             *     it, base units, representable.
             */
            full_record: string;
            /** @description The least fee of a transfer to an account that exists, base units, representable. */
            minimum: string;
            /** @description What to offer for it, base units, representable. */
            suggested: string;
            /**
             * Format: int32
             * @description Token number.
             */
            token: number;
        };
        /** @description Numbers of the last batch at each stage; 0 before the first. */
        Heights: {
            /**
             * Format: int64
             * @description The batch that is open, or was last.
             */
            executed: number;
            /**
             * Format: int64
             * @description Proof deep in the layer 1.
             */
            final: number;
            /**
             * Format: int64
             * @description Data and proof on the layer 1.
             */
            proved: number;
            /**
             * Format: int64
             * @description Executed in its final order.
             */
            sealed: number;
        };
        /** @description The layer 1 transaction of a batch. */
        L1Transactions: {
            /** @description Hash of the one that brought data and proof. */
            submit?: string | null;
        };
        /** @description The layer 1 as the node sees it. */
        L1View: {
            /**
             * Format: int64
             * @description Latest block.
             */
            block: number;
            /**
             * @description Its hash, 0x hex, with which a wallet finds out whether its layer 1 is this one; null before
             *     the layer 1 has answered.
             */
            block_hash?: string | null;
            /**
             * Format: int64
             * @description When anybody may freeze it, Unix seconds; null where closing was not announced.
             */
            closing_at?: number | null;
            /**
             * Format: int64
             * @description Blocks on top of an entry of the queue before it is taken.
             */
            confirmations: number;
            /**
             * Format: int64
             * @description Blocks on top of a proof before its batch is final.
             */
            finality_blocks: number;
            /**
             * Format: int64
             * @description When anybody may freeze the rollup for that entry, unless a batch takes it before, Unix seconds;
             *     null where none waits.
             */
            freezable_at?: number | null;
            /** @description Whether the rollup is frozen for good: its users leave on the layer 1. */
            frozen: boolean;
            /**
             * Format: int32
             * @description Until when the first entry that no proved batch took must be taken, Unix seconds; null
             *     where none waits.
             */
            head_due?: number | null;
            /**
             * Format: int32
             * @description How much older than its block a batch's timestamp may be, s: an order must live longer.
             */
            max_lag_s: number;
            /**
             * Format: int32
             * @description Until when anybody may settle batches, Unix seconds; 0 where nobody was ever late.
             */
            open_until: number;
            /**
             * Format: int64
             * @description Of them, taken by proved batches.
             */
            queue_consumed: number;
            /**
             * Format: int64
             * @description Entries in the contract's queue.
             */
            queue_length: number;
            /**
             * Format: int64
             * @description Of them, taken into a batch by this node.
             */
            queue_taken: number;
            /**
             * Format: int64
             * @description When the layer 1 last answered, Unix ms; 0 before the first time.
             */
            seen_ms: number;
            /**
             * Format: int64
             * @description What time it is there, Unix seconds.
             */
            timestamp: number;
        };
        /**
         * @description Kinds of operation that users sign.
         * @enum {string}
         */
        OperationKind: "transfer" | "withdrawal";
        /** @description Transactions that wait. */
        PoolView: {
            /**
             * Format: int64
             * @description How many may.
             */
            most: number;
            /**
             * Format: int64
             * @description How many wait.
             */
            transactions: number;
        };
        /** @description Proving jobs. */
        ProverView: {
            /**
             * Format: int64
             * @description Batches that a worker has on lease.
             */
            leased: number;
            /**
             * Format: int64
             * @description Batches without a proof that nobody works on.
             */
            open: number;
        };
        /** @description An entry of the queue that is in a batch. */
        QueueEntryView: components["schemas"]["BatchOperation"] & {
            /**
             * Format: int64
             * @description The batch.
             */
            batch: number;
            /** @description Who gets back on the layer 1 what is not used. */
            refund_to: string;
            /** @description How far the batch has come. */
            stage: components["schemas"]["Stage"];
            /** @description What at this stage depends on trusting the operator. */
            trust: string;
        };
        /** @description The answer to an accepted transaction: the operator's signed promise. */
        Receipt: {
            /** @description Names the transaction. */
            hash: string;
            /** @description Whose key signed this receipt: the operator's address. */
            operator: string;
            /**
             * Format: int64
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
        /** @description A shape that batches may have. */
        ShapeView: {
            /**
             * Format: int32
             * @description Fee slots.
             */
            fee_slots: number;
            /**
             * Format: int32
             * @description Full records.
             */
            full_records: number;
            /** @description Whether everybody can forge proofs under the key: development only. */
            insecure_development_key: boolean;
            /** @description Name. */
            name: string;
            /**
             * Format: int32
             * @description Transfer records.
             */
            transfers: number;
            /** @description SHA-256 of the verifying key, 0x hex. */
            verifying_key_sha256: string;
        };
        /** @description An EdDSA-Poseidon signature. */
        SignatureView: {
            /** @description The nonce's point, decimal. */
            r8: string[];
            /** @description The response, decimal. */
            s: string;
        };
        /** @description A signed operation, as `POST /v1/transactions` takes it. */
        SignedOperation: {
            /** @description Base units, decimal. */
            amount: string;
            /**
             * Format: int32
             * @description The last second at which it may be executed, Unix time.
             */
            expires: number;
            /** @description Base units, decimal; a 16-bit float. */
            fee: string;
            /**
             * Format: int32
             * @description The account that pays.
             */
            from: number;
            /** @description Transfer or withdrawal. */
            kind: components["schemas"]["OperationKind"];
            /**
             * Format: int32
             * @description Its nonce.
             */
            nonce: number;
            /** @description Of the sender. */
            signature: components["schemas"]["SignatureView"];
            /** @description The payee's address; for a withdrawal an address of the layer 1. */
            to: string;
            /**
             * Format: int32
             * @description Token number.
             */
            token: number;
        };
        /**
         * @description How far a transaction or a batch has come.
         * @enum {string}
         */
        Stage: "received" | "executed" | "sealed" | "proved" | "final" | "rejected";
        /** @description The node and its network. */
        StatusView: {
            /**
             * Format: int64
             * @description A batch is closed so long after its first operation, ms.
             */
            batch_time_ms: number;
            /**
             * Format: int64
             * @description EIP-155 chain id of the layer 1.
             */
            chain_id: number;
            /** @description The rollup contract. */
            contract: string;
            /** @description Separates deployments in signatures: a field element, decimal. */
            domain: string;
            /** @description Why not, or what else is wrong. */
            faults: string[];
            /** @description Last batch of each stage. */
            heights: components["schemas"]["Heights"];
            /** @description Layer 1. */
            l1: components["schemas"]["L1View"];
            /** @description `public` or `development`. */
            network: string;
            /**
             * @description The operator's address on the rollup: signs receipts, is paid fees; null where this is not the
             *     operator's node but follows the layer 1.
             */
            operator?: string | null;
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
        /** @description A token. */
        TokenView: {
            /** @description Its contract on the layer 1; null for ether. */
            address?: string | null;
            /**
             * Format: int32
             * @description Decimal places; null where they are not known.
             */
            decimals?: number | null;
            /** @description The operator's name for it: no two tokens have the same. Null where it has none. */
            name?: string | null;
            /**
             * Format: int32
             * @description Its number on the rollup; 0 is ether.
             */
            number: number;
            /** @description What it calls itself; anybody may choose any name. */
            symbol?: string | null;
        };
        /** @description Times of a transaction's stages, Unix ms; null where it has not come so far. */
        TransactionTimes: {
            /**
             * Format: int64
             * @description In the open batch.
             */
            executed?: number | null;
            /**
             * Format: int64
             * @description Proof deep in the layer 1.
             */
            final?: number | null;
            /**
             * Format: int64
             * @description Data and proof on the layer 1.
             */
            proved?: number | null;
            /**
             * Format: int64
             * @description On disk.
             */
            received: number;
            /**
             * Format: int64
             * @description Given up.
             */
            rejected?: number | null;
            /**
             * Format: int64
             * @description Batch closed and executed.
             */
            sealed?: number | null;
        };
        /** @description A transaction and how far it has come. */
        TransactionView: {
            /**
             * Format: int64
             * @description The batch that holds it.
             */
            batch?: number | null;
            dropped?: components["schemas"]["DroppedView"] | null;
            /** @description Its hash. */
            hash: string;
            /** @description The layer 1 transaction of its batch. */
            l1: components["schemas"]["L1Transactions"];
            /** @description What was signed. */
            operation: components["schemas"]["SignedOperation"];
            /**
             * Format: int32
             * @description Its place among the batch's operations in their order of execution, from 0; known once
             *     the batch is closed.
             */
            position?: number | null;
            rejection?: components["schemas"]["ErrorDetail"] | null;
            /** @description How far it has come. */
            stage: components["schemas"]["Stage"];
            /** @description When it came to each stage. */
            times_ms: components["schemas"]["TransactionTimes"];
            /**
             * Format: int32
             * @description The account that a transfer credits; known once executed.
             */
            to_account?: number | null;
            /** @description What at this stage depends on trusting the operator. */
            trust: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
