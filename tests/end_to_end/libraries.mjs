// What viem and ethers do by default, on the chain whose URL is given.
import { createTestClient, createPublicClient, http, webSocket, publicActions, walletActions, parseEther } from 'viem'
import { foundry } from 'viem/chains'
import { ethers } from 'ethers'
const [U]=process.argv.slice(2)
const W=U.replace('http','ws')
let failed=0
const chain={...foundry}
const c=createTestClient({chain,mode:'anvil',transport:http(U)}).extend(publicActions).extend(walletActions)
await c.setAutomine(true)
const [a,b]=await c.getAddresses()
// A subscription begins some time after it was asked for: blocks come until it tells of one.
const mineUntil=async(told)=>{
  let done=false
  told.then(()=>done=true)
  for(let i=0;i<1000&&!done;i++){await c.mine({blocks:1});await new Promise(r=>setTimeout(r,20))}
  if(!done)throw Error('no block was told')
}
const step=async(n,f)=>{try{const r=await f();console.log('ok',n,typeof r==='bigint'?r:'')}catch(e){failed++;console.log('FAIL',n,e.shortMessage||e.message,e.details||'')}}
await step('send',async()=>{const h=await c.sendTransaction({account:a,to:b,value:parseEther('1')});const r=await c.waitForTransactionReceipt({hash:h});return r.blockNumber})
await step('deploy+logs',async()=>{const h=await c.sendTransaction({account:a,data:'0x60006000a000'});const r=await c.waitForTransactionReceipt({hash:h});if(r.logs.length!=1)throw Error('logs');const l=await c.getLogs({blockHash:r.blockHash});if(l.length!=1)throw Error('getLogs')})
for (const t of ['latest','earliest','pending','safe','finalized']) await step('block '+t,()=>c.getBlock({blockTag:t,includeTransactions:true}))
await step('call overrides',async()=>{const r=await c.call({to:b,stateOverride:[{address:b,code:'0x60005460005260206000f3',stateDiff:[{slot:'0x'+'00'.repeat(32),value:'0x'+'00'.repeat(31)+'07'}]}],blockOverrides:{number:5n}});if(BigInt(r.data)!=7n)throw Error(r.data)})
await step('createAccessList',()=>c.createAccessList({account:a,to:b}))
await step('feeHistory',()=>c.getFeeHistory({blockCount:4,rewardPercentiles:[10,50]}))
await step('estimateFees',()=>c.estimateFeesPerGas())
await step('blobBaseFee',()=>c.getBlobBaseFee())
await step('signMessage',()=>c.signMessage({account:a,message:'hi'}))
await step('signTransaction',()=>c.signTransaction({account:a,to:b,value:1n}))
await step('snapshot',async()=>{const s=await c.snapshot();await c.mine({blocks:3});await c.revert({id:s})})
await step('setBalance',()=>c.setBalance({address:b,value:1n}))
await step('setCode',()=>c.setCode({address:'0x'+'42'.repeat(20),bytecode:'0x00'}))
await step('setNonce',()=>c.setNonce({address:'0x'+'43'.repeat(20),nonce:5}))
await step('setStorageAt',()=>c.setStorageAt({address:b,index:1,value:'0x'+'00'.repeat(31)+'07'}))
await step('setNextBlockBaseFee',()=>c.setNextBlockBaseFeePerGas({baseFeePerGas:1000000007n}))
await step('increaseTime',()=>c.increaseTime({seconds:10}))
await step('setTime',()=>c.request({method:'anvil_setTime',params:[2000000000]}))
await step('mine interval',()=>c.mine({blocks:2,interval:3}))
await step('impersonate',async()=>{const x='0x'+'44'.repeat(20);await c.setBalance({address:x,value:parseEther('1')});await c.impersonateAccount({address:x});const h=await c.sendTransaction({account:x,to:b,value:1n});await c.waitForTransactionReceipt({hash:h});await c.stopImpersonatingAccount({address:x})})
await step('txpool',async()=>{await c.setAutomine(false);const h=await c.sendTransaction({account:a,to:b,value:1n});await c.getTxpoolContent();await c.getTxpoolStatus();await c.inspectTxpool();await c.dropTransaction({hash:h});await c.setAutomine(true)})
await step('dumpState',async()=>{const s=await c.dumpState();await c.loadState({state:s})})
await step('filters',async()=>{const f=await c.createBlockFilter();await c.mine({blocks:1});const x=await c.getFilterChanges({filter:f});if(x.length!=1)throw Error(x.length);const p=await c.createPendingTransactionFilter();await c.uninstallFilter({filter:p})})
await step('batch',async()=>{const bc=createPublicClient({chain,transport:http(U,{batch:{batchSize:1000}})});await Promise.all(Array.from({length:900},()=>bc.getBlockNumber({cacheTime:0})))})
await step('ws heads',async()=>{
  const ws=createPublicClient({chain,transport:webSocket(W)})
  let heard
  const heads=new Promise(r=>heard=r)
  const stop=ws.watchBlocks({onBlock:heard})
  await mineUntil(heads)
  stop()
  ;(await ws.transport.getRpcClient()).close()
})
const p=new ethers.JsonRpcProvider(U)
const s=await p.getSigner(0)
await step('ethers send',async()=>{const t=await s.sendTransaction({to:b,value:1n});await t.wait()})
await step('ethers wallet',async()=>{const w=new ethers.Wallet('0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',p);await c.setBalance({address:w.address,value:parseEther('5')});const t=await w.sendTransaction({to:a,value:1n});await t.wait()})
await step('ethers signMessage',()=>s.signMessage('hi'))
await step('ethers feeData',()=>p.getFeeData())
await step('ethers block',()=>p.getBlock('latest',true))
await step('ethers ws',async()=>{
  const w=new ethers.WebSocketProvider(W)
  const heads=new Promise(r=>w.on('block',r))
  await mineUntil(heads)
  await w.destroy()
})
process.exit(failed?1:0)
