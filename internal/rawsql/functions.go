package rawsql

import "strings"

// functions are those that a statement may call, by their names in small letters. None reads a file, a dictionary, a setting, the server or
// the network, waits, or makes a value much larger than its arguments.
var functions = func() map[string]string {
	m := map[string]string{}
	for _, f := range strings.Fields(scalars + higher) {
		m[strings.ToLower(f)] = f
	}
	for _, f := range strings.Fields(aggregates) {
		m[strings.ToLower(f)], m[strings.ToLower(f)+"if"] = f, f+"If"
	}
	for _, f := range strings.Fields(windows) {
		m[strings.ToLower(f)] = f
	}
	return m
}()

const (
	scalars = `
if multiIf coalesce ifNull nullIf isNull isNotNull assumeNotNull toNullable greatest least xor
equals notEquals less lessOrEquals greater greaterOrEquals plus minus multiply divide intDiv intDivOrZero modulo negate abs sign
round floor ceil trunc sqrt cbrt exp exp2 exp10 log log2 log10 pow bitAnd bitOr bitXor bitNot bitShiftLeft bitShiftRight bitTest
isFinite isInfinite isNaN ifNotFinite
toString toUInt8 toUInt16 toUInt32 toUInt64 toInt8 toInt16 toInt32 toInt64 toFloat32 toFloat64 toUInt64OrNull toUInt32OrNull toInt64OrNull toInt32OrNull
toFloat64OrNull toUInt64OrZero toInt64OrZero toFloat64OrZero toBool toUUIDOrNull
toDate toDate32 toDateTime toDateTime64 toDateOrNull toDateTimeOrNull toDateTime64OrNull parseDateTimeBestEffort parseDateTimeBestEffortOrNull
parseDateTime64BestEffort parseDateTime64BestEffortOrNull now now64 today yesterday toUnixTimestamp toUnixTimestamp64Milli toUnixTimestamp64Micro
toUnixTimestamp64Nano fromUnixTimestamp fromUnixTimestamp64Milli fromUnixTimestamp64Micro fromUnixTimestamp64Nano
toYear toQuarter toMonth toDayOfYear toDayOfMonth toDayOfWeek toHour toMinute toSecond toISOWeek toISOYear toYYYYMM toYYYYMMDD
toStartOfYear toStartOfQuarter toStartOfMonth toStartOfWeek toMonday toStartOfDay toStartOfHour toStartOfMinute toStartOfSecond toStartOfFiveMinutes
toStartOfTenMinutes toStartOfFifteenMinutes toStartOfInterval toTimeZone timeSlot dateDiff date_diff dateAdd date_add dateSub date_sub addSeconds addMinutes
addHours addDays addWeeks addMonths addYears subtractSeconds subtractMinutes subtractHours subtractDays subtractWeeks subtractMonths subtractYears
toIntervalSecond toIntervalMinute toIntervalHour toIntervalDay toIntervalWeek toIntervalMonth dateTrunc date_trunc formatDateTime dateName monthName age
formatReadableSize formatReadableQuantity formatReadableTimeDelta
length lengthUTF8 char_length empty notEmpty lower upper lowerUTF8 upperUTF8 reverse reverseUTF8 concat concatWithSeparator substring substr mid substringUTF8 left right
leftUTF8 rightUTF8 trim trimLeft trimRight trimBoth ltrim rtrim startsWith endsWith position locate positionCaseInsensitive positionUTF8 positionCaseInsensitiveUTF8
match multiSearchAny multiSearchAnyCaseInsensitive multiSearchFirstIndex multiMatchAny countSubstrings countSubstringsCaseInsensitive
extract extractAll extractAllGroups extractGroups regexpExtract countMatches replaceOne replaceAll replace replaceRegexpOne replaceRegexpAll translate
splitByChar splitByString splitByRegexp splitByNonAlpha splitByWhitespace alphaTokens tokens ngrams hasToken hasTokenCaseInsensitive hasAnyTokens hasAllTokens
base64Encode base64Decode tryBase64Decode hex unhex bin ascii encodeURLComponent decodeURLComponent isValidUTF8 toValidUTF8 normalizeUTF8NFC
ngramDistance levenshteinDistance damerauLevenshteinDistance jaroWinklerSimilarity
domain domainWithoutWWW topLevelDomain firstSignificantSubdomain cutToFirstSignificantSubdomain protocol port path pathFull queryString fragment
extractURLParameter extractURLParameters extractURLParameterNames cutQueryString cutFragment cutURLParameter netloc
toIPv4OrNull toIPv6OrNull toIPv4OrDefault toIPv6OrDefault toIPv4 toIPv6 IPv4NumToString IPv4StringToNumOrNull IPv6NumToString isIPv4String isIPv6String isIPAddressInRange
IPv4CIDRToRange IPv6CIDRToRange IPv4ToIPv6
cityHash64 sipHash64 xxHash64 halfMD5 MD5 SHA1 SHA224 SHA256 SHA512 murmurHash3_64 farmHash64 intHash64 crc32
JSONHas JSONLength JSONType JSONExtractString JSONExtractInt JSONExtractUInt JSONExtractFloat JSONExtractBool JSONExtractRaw JSONExtractKeys JSONExtractArrayRaw isValidJSON
simpleJSONExtractString simpleJSONExtractInt simpleJSONHas
array arrayElement has hasAny hasAll indexOf arrayJoin arrayConcat arrayDistinct arrayUniq arraySlice arraySort arrayReverseSort arrayReverse arrayCompact arrayFlatten arrayZip
arrayIntersect arrayStringConcat arrayEnumerate arrayPopBack arrayPopFront arrayPushBack arrayPushFront arrayCumSum arrayDifference
tuple tupleElement map mapKeys mapValues mapContains mapContainsKeyLike mapExtractKeyLike
geoDistance greatCircleDistance greatCircleAngle bar toTypeName
`
	higher = `
arrayMap arrayFilter arrayExists arrayAll arrayCount arraySum arrayAvg arrayMin arrayMax arrayFirst arrayFirstIndex arrayLast arrayLastIndex mapFilter mapApply
`
	aggregates = `
count sum avg min max any anyLast argMin argMax uniq uniqExact uniqCombined uniqHLL12 median quantile quantileExact quantileTDigest quantiles
groupArray groupUniqArray groupArraySorted groupArraySample topK topKWeighted stddevPop stddevSamp varPop varSamp covarPop corr skewPop kurtPop sumMap entropy
simpleLinearRegression boundingRatio deltaSum retention sequenceMatch sequenceCount windowFunnel groupBitAnd groupBitOr groupBitXor singleValueOrNull first_value last_value
`
	windows = `
row_number rank dense_rank percent_rank lagInFrame leadInFrame nth_value ntile
`
)
