-- Where producers stand in a channel: the rules of stores/dedupe.ts.
--
-- A field for each: EPOCH SEQ RUNS. A run is SEQ:OFFSET, and says that from this number on offsets went up one by one;
-- newest first, so that a producer with a channel of its own has one.
local runsBytes = 4096
local producersKept, producersOver = 1000, 100

local function producerOf(channel, id)
  local states = channel.states
  if not states then
    states = {}
    channel.states = states
  end
  local state = states[id]
  if state == nil then
    local text = call('HGET', channel.producers, id)
    state = false
    if text then
      local epoch, seq, runs = string.match(text, '^(%d+) (%d+) (.*)$')
      state = { epoch = tonumber(epoch), seq = tonumber(seq), runs = runs }
    end
    states[id] = state
  end
  return state
end

local function offsetOf(state, seq)
  for first, offset in string.gmatch(state.runs, '(%d+):(%d+)') do
    first = tonumber(first)
    if first <= seq then return tonumber(offset) + seq - first end
  end
end

-- nil: it is the next one.
local function judge(state, epoch, seq)
  if state and epoch < state.epoch then return { 'fenced', string.format('%.0f', state.epoch) } end
  local last = state and state.epoch == epoch and state.seq or 0
  if seq == last + 1 then return nil end
  if seq > last then return { 'gap', string.format('%.0f', last + 1) } end
  local offset = offsetOf(state, seq)
  return { 'duplicate', offset and string.format('%.0f', offset) or '' }
end

local function advance(channel, id, epoch, seq, offset)
  local state = producerOf(channel, id)
  local run = string.format('%.0f:%.0f', seq, offset)
  if not state or state.epoch ~= epoch then
    if not state then channel.joined = true end
    state = { epoch = epoch, runs = run }
    channel.states[id] = state
  else
    local first, at = string.match(state.runs, '^(%d+):(%d+)')
    if tonumber(at) + seq - tonumber(first) ~= offset then
      state.runs = run .. ',' .. state.runs
      if #state.runs > runsBytes then state.runs = string.match(string.sub(state.runs, 1, runsBytes), '^(.*),') end
    end
  end
  state.seq, state.changed = seq, true
end

-- At the beginning of an epoch: its first event has number 1.
local function fence(channel, id, epoch, offset)
  if not producerOf(channel, id) then channel.joined = true end
  channel.states[id] = { epoch = epoch, seq = 0, runs = string.format('0:%.0f', offset), changed = true }
end

-- The longest silent ones, by the offset of the newest event; looked for once in a hundred.
local function forgetProducers(channel)
  local all = call('HGETALL', channel.producers)
  local offsets = {}
  for i = 1, #all, 2 do
    local seq, first, offset = string.match(all[i + 1], '^%d+ (%d+) (%d+):(%d+)')
    offsets[#offsets + 1] = { all[i], tonumber(offset) + tonumber(seq) - tonumber(first) }
  end
  table.sort(offsets, function(one, other) return one[2] < other[2] end)
  for i = 1, #offsets - producersKept do call('HDEL', channel.producers, offsets[i][1]) end
end

local function saveProducers(channel)
  if not channel.states then return end
  for id, state in pairs(channel.states) do
    if state and state.changed then
      call('HSET', channel.producers, id, string.format('%.0f %.0f %s', state.epoch, state.seq, state.runs))
    end
  end
  if channel.joined and call('HLEN', channel.producers) > producersKept + producersOver then
    forgetProducers(channel)
  end
end
