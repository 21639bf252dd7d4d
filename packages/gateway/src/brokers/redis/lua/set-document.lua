-- Compare and set. KEYS: the document, as VERSION, a line feed and the text. ARGV: the version it must have (0: none), the
-- text, the command that publishes, the channel on which the others are told, and the message.
local kept = redis.call('GET', KEYS[1])
local version = kept and tonumber(string.match(kept, '^(%d+)\n')) or 0
if version ~= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], string.format('%.0f\n', version + 1) .. ARGV[2])
redis.call(ARGV[3], ARGV[4], ARGV[5])
return 1
