/** What a node says, under the names of its OpenAPI document. */
import type { components } from './generated/openapi.js';

/** The whole document, for other clients that are made by its types. */
export type { components, paths } from './generated/openapi.js';

type Schemas = components['schemas'];

export type AccountList = Schemas['AccountList'];
export type AccountProof = Schemas['AccountProof'];
export type AccountView = Schemas['AccountView'];
export type BatchClaims = Schemas['BatchClaims'];
export type BatchDetail = Schemas['BatchDetail'];
export type BatchEconomics = Schemas['BatchEconomics'];
export type BatchHeaderView = Schemas['BatchHeaderView'];
export type BatchList = Schemas['BatchList'];
export type BatchOperation = Schemas['BatchOperation'];
export type BatchView = Schemas['BatchView'];
export type ClaimList = Schemas['ClaimList'];
export type ClaimView = Schemas['ClaimView'];
export type CostsView = Schemas['CostsView'];
export type ErrorBody = Schemas['ErrorBody'];
export type FeeView = Schemas['FeeView'];
export type GovernanceView = Schemas['GovernanceView'];
export type PaymentDirection = Schemas['PaymentDirection'];
export type PaymentList = Schemas['PaymentList'];
export type PaymentView = Schemas['PaymentView'];
export type ProposalView = Schemas['ProposalView'];
export type ProvedClaim = Schemas['ProvedClaim'];
export type QueueEntryView = Schemas['QueueEntryView'];
export type WaitingEntries = Schemas['WaitingEntries'];
export type WaitingEntryView = Schemas['WaitingEntryView'];
export type Receipt = Schemas['Receipt'];
export type Reference = Schemas['Reference'];
export type SignatureView = Schemas['SignatureView'];
export type SignedOperation = Schemas['SignedOperation'];
export type Stage = Schemas['Stage'];
export type StatusView = Schemas['StatusView'];
export type TokenView = Schemas['TokenView'];
export type TransactionAnswer = Schemas['TransactionAnswer'];
export type TransactionAnswers = Schemas['TransactionAnswers'];
export type TransactionView = Schemas['TransactionView'];
export type WorkerList = Schemas['WorkerList'];
export type WorkerView = Schemas['WorkerView'];
export type WorkView = Schemas['WorkView'];
/** What moves: a transaction or a batch that came to a stage. */
export type StageEvent = Schemas['Event'];
