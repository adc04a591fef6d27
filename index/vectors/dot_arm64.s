#include "textflag.h"

// Go's assembler has no SMULL, SMULL2 and SADALP for vectors; they are written
// as words (Arm Architecture Reference Manual, C7.2).
//
// SMULL  Vd.8H, Vn.8B, Vm.8B    0x0E20C000 | m<<16 | n<<5 | d
// SMULL2 Vd.8H, Vn.16B, Vm.16B  0x4E20C000 | m<<16 | n<<5 | d
// SADALP Vd.4S, Vn.8H           0x4E606800 | n<<5 | d

// func dotRowsSIMD(q, rows *int8, n, count int, out *int32)
TEXT ·dotRowsSIMD(SB), NOSPLIT, $0-40
	MOVD q+0(FP), R0
	MOVD rows+8(FP), R1
	MOVD n+16(FP), R2
	MOVD count+24(FP), R3
	MOVD out+32(FP), R4

row:
	CBZ  R3, done
	MOVD R0, R5
	MOVD R2, R6
	VEOR V16.B16, V16.B16, V16.B16
	VEOR V17.B16, V17.B16, V17.B16

loop:
	VLD1.P 32(R5), [V0.B16, V1.B16]
	VLD1.P 32(R1), [V2.B16, V3.B16]
	WORD $0x0E22C004 // SMULL V4.8H, V0.8B, V2.8B
	WORD $0x4E22C005 // SMULL2 V5.8H, V0.16B, V2.16B
	WORD $0x0E23C026 // SMULL V6.8H, V1.8B, V3.8B
	WORD $0x4E23C027 // SMULL2 V7.8H, V1.16B, V3.16B
	WORD $0x4E606890 // SADALP V16.4S, V4.8H
	WORD $0x4E6068B1 // SADALP V17.4S, V5.8H
	WORD $0x4E6068D0 // SADALP V16.4S, V6.8H
	WORD $0x4E6068F1 // SADALP V17.4S, V7.8H
	SUBS $32, R6, R6
	BGT  loop

	VADD V17.S4, V16.S4, V16.S4
	VADDV V16.S4, V18
	FMOVS F18, (R4)
	ADD  $4, R4
	SUB  $1, R3, R3
	B    row

done:
	RET

// func dotGatherSIMD(q *int8, rows **int8, n, count int, out *int32)
TEXT ·dotGatherSIMD(SB), NOSPLIT, $0-40
	MOVD q+0(FP), R0
	MOVD rows+8(FP), R7
	MOVD n+16(FP), R2
	MOVD count+24(FP), R3
	MOVD out+32(FP), R4

next:
	CBZ  R3, end
	MOVD.P 8(R7), R1
	MOVD R0, R5
	MOVD R2, R6
	VEOR V16.B16, V16.B16, V16.B16
	VEOR V17.B16, V17.B16, V17.B16
	CMP  $1, R3
	BEQ  part
	MOVD (R7), R8 // the row after this one
	MOVD R2, R9

ahead:
	PRFM (R8), PLDL1KEEP
	ADD  $64, R8
	SUBS $64, R9, R9
	BGT  ahead

part:
	VLD1.P 32(R5), [V0.B16, V1.B16]
	VLD1.P 32(R1), [V2.B16, V3.B16]
	WORD $0x0E22C004 // SMULL V4.8H, V0.8B, V2.8B
	WORD $0x4E22C005 // SMULL2 V5.8H, V0.16B, V2.16B
	WORD $0x0E23C026 // SMULL V6.8H, V1.8B, V3.8B
	WORD $0x4E23C027 // SMULL2 V7.8H, V1.16B, V3.16B
	WORD $0x4E606890 // SADALP V16.4S, V4.8H
	WORD $0x4E6068B1 // SADALP V17.4S, V5.8H
	WORD $0x4E6068D0 // SADALP V16.4S, V6.8H
	WORD $0x4E6068F1 // SADALP V17.4S, V7.8H
	SUBS $32, R6, R6
	BGT  part

	VADD V17.S4, V16.S4, V16.S4
	VADDV V16.S4, V18
	FMOVS F18, (R4)
	ADD  $4, R4
	SUB  $1, R3, R3
	B    next

end:
	RET
