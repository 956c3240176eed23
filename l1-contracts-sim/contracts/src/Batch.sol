// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// The size of a shape in service and the contract that verifies its proofs.
struct Shape {
    /// N, transfer records.
    uint16 transfers;
    /// X, full records.
    uint16 fullRecords;
    /// F, fee slots.
    uint8 feeSlots;
    uint8 verifierType;
    /// Once true, no batch of it is taken any more.
    bool retired;
    address verifier;
}

/// What is posted of a batch.
struct BatchData {
    /// The first batch is 1.
    uint64 batch;
    uint8 shapeId;
    /// Unix seconds.
    uint32 timestamp;
    /// How many of the full records, from the first on, are of the queue.
    uint16 l1Operations;
    /// Accounts given out after the batch, the reserved one included.
    uint32 accounts;
    /// Gets the fees of the queue's entries; the proof is bound to it.
    address settler;
    /// C, the chain hash of the vector.
    bytes32 commitment;
    /// State root after the batch.
    bytes32 newRoot;
    /// 5 bytes for each slot in use: token u16, account u24.
    bytes feeSlots;
    /// The full records in use.
    uint256[6][] fullRecords;
    /// For each L1 operation the last word of its entry in the queue.
    uint256[] tails;
    /// 13 bytes for each transfer record in use.
    bytes transfers;
}

/// What is kept of a batch, by its hash.
struct BatchHeader {
    /// C.
    bytes32 commitment;
    bytes32 newRoot;
    /// keccak256 of the packed claims, 0 where there are none.
    bytes32 claimsHash;
    /// Entries of the queue taken so far.
    uint64 queueEnd;
    uint32 timestamp;
    /// Accounts given out so far.
    uint32 accounts;
    uint8 shapeId;
}
