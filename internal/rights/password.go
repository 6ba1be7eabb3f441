package rights

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/trustelem/zxcvbn"
	"golang.org/x/crypto/argon2"
)

// Parameters of argon2id: as OWASP's password storage sheet has them, the row with the most memory. They stand in each hash, so
// they can change: what was hashed with others still fits.
const (
	argonTime    = 1
	argonMemory  = 46 << 10 // KiB
	argonThreads = 1
	argonLength  = 32
	saltLength   = 16
)

// Bounds of a password. There are no rules of composition.
const (
	minPassword  = 8    // characters
	maxPassword  = 1024 // bytes
	fewestGuess  = 1e6  // guesses that a password must withstand: any of a list of common ones falls sooner
	guessedBytes = 64   // of a password are looked at for that: the estimate takes long over long ones
)

// checkPassword says what is wrong with a new password of a user. The estimate knows lists of passwords, names and words, rows of keys,
// dates, and what is particular to the user.
func checkPassword(password, user, name string) error {
	switch {
	case !utf8.ValidString(password):
		return errors.New("password: is not UTF-8")
	case utf8.RuneCountInString(password) < minPassword:
		return fmt.Errorf("password: must have at least %d characters", minPassword)
	case len(password) > maxPassword:
		return fmt.Errorf("password: must have at most %d bytes", maxPassword)
	}
	begin := strings.ToValidUTF8(password[:min(len(password), guessedBytes)], "")
	if zxcvbn.PasswordStrength(begin, append(strings.Fields(name), user, "watchpost")).Guesses < fewestGuess {
		return errors.New("password: is too common or too easy to guess")
	}
	return nil
}

// hashes bounds how many passwords are hashed at a time: each takes argonMemory.
type hashes chan struct{}

var errBusy = errors.New("too many log-ins at once: try again")

func (h hashes) hash(ctx context.Context, password string, salt []byte, time, memory uint32, threads uint8) ([]byte, error) {
	select {
	case h <- struct{}{}:
	case <-ctx.Done():
		return nil, errBusy
	}
	defer func() { <-h }()
	return argon2.IDKey([]byte(password), salt, time, memory, threads, argonLength), nil
}

// make gives the hash of a new password, in the PHC string format.
func (h hashes) make(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLength)
	rand.Read(salt) // never fails
	key, err := h.hash(ctx, password, salt, argonTime, argonMemory, argonThreads)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads, b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// nobody is the hash that the password of who does not exist is compared with, so that it takes as long.
var nobody = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
	base64.RawStdEncoding.EncodeToString(make([]byte, saltLength)), base64.RawStdEncoding.EncodeToString(make([]byte, argonLength)))

// fits says whether a hash is of password.
func (h hashes) fits(ctx context.Context, hash, password string) (bool, error) {
	parts := strings.Split(hash, "$")
	var version, memory, time uint32
	var threads uint8
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errors.New("a stored password is not of argon2id")
	}
	_, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &time, &threads)
	salt, err2 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err3 := base64.RawStdEncoding.DecodeString(parts[5])
	if err := errors.Join(err, err2, err3); err != nil || version != argon2.Version || memory > 1<<20 || time > 100 || threads == 0 || len(want) != argonLength {
		return false, fmt.Errorf("a stored password cannot be read: %v", err)
	}
	got, err := h.hash(ctx, password, salt, time, memory, threads)
	return subtle.ConstantTimeCompare(got, want) == 1, err
}
