import { unwrap } from '@/api/client'
import * as sdk from '@/api/generated'

export const createSampleNetwork = () => unwrap(sdk.createSampleNetwork())
