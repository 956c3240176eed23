export {
  formatAddress,
  formatL1Address,
  networkOfChain,
  parseAddress,
  parseL1Address,
  type Address,
  type Network,
} from './address.js';
export { accountLeaf, checkAccountProof, rootOfPath, type Account, type ProvedAccount } from './account.js';
export { formatUnits, parseAmount, parseUnits } from './amount.js';
export type * from './api-types.js';
export { fromHex, toHex, type Hex } from './bytes.js';
export {
  approveCall,
  batchHash,
  claimCall,
  claimsHash,
  decodeInclusionFee,
  decodeProvedRoot,
  depositCall,
  inclusionFeeCall,
  packClaims,
  provedRootCall,
  queuedEntries,
  type Claim,
  type ClaimsOfBatch,
  type ContractCall,
  type Deposit,
  type L1Log,
  type WhichClaim,
} from './contract.js';
export {
  allowanceCall,
  creditCall,
  decodeFlag,
  decodeNumber,
  isClaimedCall,
  queueDueCall,
  tokenBalanceCall,
  withdrawCreditCall,
} from './contract-reads.js';
export { decodeContractError, type ContractError, type ContractErrorName } from './contract-errors.js';
export { compress, decompress, isOnCurve, type Point } from './curve.js';
export {
  AnswerError,
  AssayError,
  CheckError,
  InputError,
  NodeError,
  RejectedError,
  TimeoutError,
  UnansweredError,
  type CheckCode,
  type InputCode,
} from './errors.js';
export { escapeCall, escapeMessage, isEscapedCall, signEscape, type Escape } from './escape.js';
export { ethereumKeyMessage, ethereumSeed } from './ethereum-key.js';
export type { DetailsOf, ErrorCode, ErrorDetails } from './error-codes.js';
export { AMOUNT, FEE, ceilFloat, decodeFloat, encodeFloat, floorFloat, type FloatFormat } from './float.js';
export type { EventFilter, EventOptions, NodeEvent } from './events.js';
export {
  forceCall,
  forcedMessage,
  forcedUntil,
  forcedWords,
  signForcedOrder,
  type ForcedOrder,
  type ForcedTransfer,
  type ForcedWithdrawal,
  type QueueFee,
  type SignedForcedOrder,
} from './forced.js';
export { STAGES, hasReached, type FollowOptions, type WaitOptions } from './follow.js';
export type { CallOptions, HttpOptions } from './http.js';
export { SecretKey, formatSignature, parseSignature, randomSeed, verifySignature, type Signature } from './keys.js';
export { NodeClient, type Claimant } from './node.js';
export { Quotes } from './quotes.js';
export {
  fromOperation,
  orderMessage,
  packOrder,
  signOrder,
  toOperation,
  transactionHash,
  verifyOrder,
  type Order,
  type SignedOrder,
} from './order.js';
export type { ManyTransfer, Payment, Transfer, Withdrawal } from './payment.js';
export { poseidon } from './poseidon.js';
export { checkReceipt, receiptMessage, type ExpectedReceipt } from './receipt.js';
export { checkReference, isReference, referenceMessage, signReference } from './reference.js';
export { rollupOf, rollupOfStatus, type Rollup } from './rollup.js';
export { Wallet, type Replacement, type Sent, type SentOrNot, type WalletOptions } from './wallet.js';
export { exitPacket, packetClaimCall, type ExitPacket, type PacketAccount, type PacketClaims } from './packet.js';
export {
  entryContent,
  isRefundedCall,
  queueLinkCall,
  queuedTopics,
  refundCall,
  toQueuedEntry,
  type EntryContent,
  type L1EventLog,
  type QueuedEntry,
} from './refund.js';
export {
  decodeDeployment,
  decodeStanding,
  deploymentCall,
  freezableFrom,
  freezeCall,
  standingCall,
  type Deployment,
  type Standing,
} from './standing.js';
export {
  announcedShape,
  decodeAddress,
  decodeProposal,
  proposalCall,
  proposedOperatorCall,
  shapeProposedTopics,
  type Proposal,
} from './governance.js';
export {
  decodeEscapeVerifier,
  decodeShapeVerifier,
  decodeVerifierKeyDigest,
  escapeVerifierCall,
  shapeCall,
  verifierKeyCall,
} from './verifier.js';
