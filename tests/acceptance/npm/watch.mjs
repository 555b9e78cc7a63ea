// Watches a conversation with Motia's own client: node watch.mjs ADDRESS GROUP [ITEM]
// Prints each state it is told of as a line of JSON, and ends when nothing in it is unfinished.
import { Stream } from '@motiadev/stream-client-node'

const [address, group, item] = process.argv.slice(2)
const stream = new Stream(address)
const subscription = item
  ? stream.subscribeItem('conversation', group, item)
  : stream.subscribeGroup('conversation', group)

subscription.addChangeListener((state) => {
  const items = item ? [state] : state
  console.log(JSON.stringify(items))
  const answers = items.filter((each) => each.from === 'assistant')
  if (answers.length > 0 && answers.every((each) => each.status === 'completed')) process.exit(0)
})
