import { storeContract } from '../contract-suite.ts'
import { createMemoryWorld } from '../testing/memory-world.ts'

storeContract('memory', createMemoryWorld)
