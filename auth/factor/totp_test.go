package factor

import (
	"strings"
	"testing"
	"time"
)

// The test values of RFC 6238, appendix B, SHA-1, eight digits.
func TestVectorsOfRFC6238(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471",
		1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		if got := hotp(secret, TOTPAt(time.Unix(at, 0)), 8); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
		if got := TOTPCode(secret, TOTPAt(time.Unix(at, 0))); got != want[2:] {
			t.Errorf("six digits at %d: %s, want %s", at, got, want[2:])
		}
	}
}

// The test values of RFC 4226, appendix D.
func TestVectorsOfRFC4226(t *testing.T) {
	secret := []byte("12345678901234567890")
	for n, want := range strings.Fields("755224 287082 359152 969429 338314 254676 287922 162583 399871 520489") {
		if got := hotp(secret, int64(n), 6); got != want {
			t.Errorf("counter %d: %s, want %s", n, got, want)
		}
	}
}

func TestCodeHoldsOnceAndForAWhile(t *testing.T) {
	secret, now := NewTOTPSecret(), time.Unix(1_800_000_010, 0)
	at := TOTPAt(now)
	for d := int64(-3); d <= 3; d++ {
		code := TOTPCode(secret, at+d)
		step, ok := CheckTOTP(secret, code, now, 0)
		if want := d >= -1 && d <= 1; ok != want {
			t.Errorf("code of step %+d: accepted %v, want %v", d, ok, want)
		}
		if ok && step != at+d {
			t.Errorf("step %d, want %d", step, at+d)
		}
	}
	code := TOTPCode(secret, at)
	if _, ok := CheckTOTP(secret, code, now, at); ok {
		t.Error("the same code was accepted twice")
	}
	if _, ok := CheckTOTP(secret, TOTPCode(secret, at-1), now, at); ok {
		t.Error("a code from before the last one was accepted")
	}
	if _, ok := CheckTOTP(secret, TOTPCode(secret, at+1), now, at); !ok {
		t.Error("the next code was refused")
	}
	if _, ok := CheckTOTP(secret, " "+code[:3]+" "+code[3:]+" ", now, at-1); !ok {
		t.Error("a code with a space, as apps show it, was refused")
	}
	for _, bad := range []string{"", "12345", "1234567", "abcdef", "１２３４５６", code + "0", "-" + code[1:]} {
		if _, ok := CheckTOTP(secret, bad, now, 0); ok {
			t.Errorf("%q was accepted", bad)
		}
	}
	if _, ok := CheckTOTP(nil, TOTPCode(nil, at), now, 0); ok {
		t.Error("a code of no secret was accepted")
	}
}

func TestTOTPAddress(t *testing.T) {
	got := TOTPAddress("Frères Lefèvre & Cie: Paris", "zoé.müller", []byte("12345678901234567890"))
	want := "otpauth://totp/Fr%C3%A8res%20Lef%C3%A8vre%20&%20Cie%20%20Paris:zo%C3%A9.m%C3%BCller?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Fr%C3%A8res%20Lef%C3%A8vre%20%26%20Cie%20%20Paris"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := TOTPText([]byte("12345678901234567890")); got != "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ" {
		t.Errorf("secret to type: %s", got)
	}
}

func FuzzCheckTOTP(f *testing.F) {
	f.Add([]byte("12345678901234567890"), "287082", int64(59))
	f.Fuzz(func(t *testing.T, secret []byte, code string, at int64) {
		step, ok := CheckTOTP(secret, code, time.Unix(at, 0), 0)
		if ok && TOTPCode(secret, step) != strings.ReplaceAll(strings.TrimSpace(code), " ", "") {
			t.Fatalf("%q accepted for step %d", code, step)
		}
	})
}
