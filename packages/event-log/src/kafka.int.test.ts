import { describeEventLog } from './contract-suite.ts'
import { startKafkaFixture } from './testing/kafka-fixture.ts'

function describeKafka(name: string, via: 'native' | 'docker'): void {
  describeEventLog(name, async () => {
    const fixture = await startKafkaFixture(via)
    return { ...fixture.underTest, close: () => fixture.close() }
  })
}

describeKafka('the log on Kafka', 'native')
if (process.env.ROLLCALL_TEST_DOCKER === '1') describeKafka('the log on Kafka in Docker', 'docker')
