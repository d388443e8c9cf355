"""What people type: the tables' own words, their damaged and their run-together forms, and any text at all."""

from __future__ import annotations

from typing import Any
from unicodedata import normalize

from hypothesis import strategies as st

from services.dedup.variants import TABLES

PHRASES: dict[str, dict[str, Any]] = {
    "": TABLES["phrases"],
    "khơng cịn": TABLES["damage"]["font"],
    "đợc hớng": TABLES["damage"]["legacy"],
}
REWRITTEN = [
    (evidence, typed, meant)
    for evidence, table in PHRASES.items()
    for typed, meant in table["to"].items()
]
KEPT = [
    *((evidence, phrase) for evidence, table in PHRASES.items() for phrase in table["keep"]),
    *(("", phrase) for phrase in TABLES["numbers"]["keep"]),
]
PLAIN = TABLES["abbreviations"] | TABLES["words"] | TABLES["run_together"] | TABLES["measures"]

SAME = [
    # Tone marks, i and y, capitals, composition.
    ("hoà thuỷ khoẻ uỷ hoá", "hòa thủy khỏe ủy hóa"),
    ("hòang qủa gìa qúy đựơc ngừơi", "hoàng quả già quý được người"),
    ("thuơng truờng thưong", "thương trường thương"),
    ("kĩ lí tỉ mĩ hi sĩ quí", "kỹ lý tỷ mỹ hy sỹ quý"),
    ("chị đi thi vì bí quyết", "chị đi thi vì bí quyết"),
    ("MỘT số BIỆN Pháp", "một số biện pháp"),
    (normalize("NFD", "Nguyễn Ước ở Đắk Lắk"), "nguyễn ước ở đắk lắk"),
    # Letters of another alphabet, lost and invisible characters.
    ("Сải tạo", "cải tạo"),
    ("TҺiếƚ k̟ế ƚài liệu", "thiết kế tài liệu"),
    ("ĐƢỜNG Ðường", "đường đường"),
    ("sáng\u200bkiến \ufeffmới\u00ad", "sáng kiến mới"),
    ("μm TNF-α Ω", "μm tnf α ω"),
    # Punctuation, ranges, numbers.
    ("“Dạy – học”, tốt!", "dạy học tốt"),
    ("trẻ 5 - 6 tuổi", "trẻ 5 6 tuổi"),
    ("trẻ 5-6 tuổi", "trẻ 5 6 tuổi"),
    ("trẻ 5–6tuổi", "trẻ 5 6 tuổi"),
    ("trẻ năm - sáu tuổi", "trẻ 5 6 tuổi"),
    ("lớp Bốn, lớp mười hai, khối năm", "lớp 4 lớp 12 khối 5"),
    ("hai mươi lăm tuổi, năm tuổi", "25 tuổi 5 tuổi"),
    ("cho lớp một số bài, lớp năm học", "cho lớp một số bài lớp năm học"),
    ("một số biện pháp trong năm học", "một số biện pháp trong năm học"),
    ("50.000đ, 50.000 đồng, 50000 VNĐ", "50000 đồng 50000 đồng 50000 đồng"),
    ("1.250,5 và 1,25 và 1.234.567", "1250.5 và 1.25 và 1234567"),
    ("05/09/2022, 5-9-2022, 5.9.2022", "5 9 2022 5 9 2022 5 9 2022"),
    ("ổ cứng 32GB, 32 GB", "ổ cứng 32 gb 32 gb"),
    # Names of parts and documents stay whole.
    ("vòng bi 6205-2RS", "vòng bi 6205-2rs"),
    ("bu lông M12x1.75, M12×1,75", "bu lông m12x1.75 m12x1.75"),
    ("bơm cứu hỏa 1-P-481A/B", "bơm cứu hỏa 1-p-481a/b"),
    ("bơm ЭЦВ6-6,3", "bơm эцв6-6.3"),
    ("Nghị định 13/2012/NĐ-CP", "nghị định 13/2012/nđ-cp"),
    ("V_101A V–101A", "v-101a v-101a"),
    # Abbreviations.
    ("CNVC-LĐ", "công nhân viên chức lao động"),
    ("GV-HS, THCS/THPT", "giáo viên học sinh trung học cơ sở trung học phổ thông"),
    ("Sở GD&ĐT TP.HCM", "sở giáo dục và đào tạo thành phố hồ chí minh"),
    ("CĐ KT", "cđ kt"),
    # Lost spaces.
    ("4lớp5 khối6C", "4 lớp 5 khối 6c"),
    ("phòngchống họcsinh Lớp4A ýkiến", "phòng chống học sinh lớp 4a ý kiến"),
    ("côngan giáoán", "công an giáo án"),
    ("robot laptop email", "robot laptop email"),
    # Damage.
    ("khơng cịn địi hỏi cĩ lịng", "không còn đòi hỏi có lòng"),
    ("học mơn tốn", "học môn toán"),
    ("tốn kém, ước mơ, tồn tại", "tốn kém ước mơ tồn tại"),
    ("khơng tốn kém", "không tốn kém"),
    ("lónh vực, kó năng, vò trí", "lĩnh vực kỹ năng vị trí"),
    ("thờng xuyên đợc hớng dẫn", "thường xuyên được hướng dẫn"),
    ("Ngời đợc t vấn", "người được tư vấn"),
    ("sáng ngời", "sáng ngời"),
    ("Moọt soỏ bieọn phaựp giuựp hoùc sinh", "một số biện pháp giúp học sinh"),
    ("cuỷa trửụứng lụựp ủoọng vieõn", "của trường lớp động viên"),
    ("Moät soá bieän phaùp naâng cao", "một số biện pháp nâng cao"),
    ("Mét sè biÖn ph¸p gi¶ng d¹y", "một số biện pháp giảng dạy"),
    ("café São Müller Beyoncé", "café são müller beyoncé"),
    ("biện pháp nâng cao năng lực cho ngườ", "biện pháp nâng cao năng lực cho ngườ"),
    ("tuổ biế nướ", "tuổ biế nướ"),
    # Misspellings.
    ("năng cao chất lượng nghành", "nâng cao chất lượng ngành"),
    ("khả năng cao", "khả năng cao"),
    ("ngiên cứu, ghà, thưở", "nghiên cứu gà thuở"),
]


VOCABULARY = [
    *PLAIN,
    *(typed for _, typed, _ in REWRITTEN),
    *(phrase for _, phrase in KEPT),
    *(form for pair in SAME for form in pair),
    *(sign for table in TABLES["damage"].values() for sign in table["signs"]),
    *TABLES["numbers"]["counters"],
    *TABLES["numbers"]["ones"],
    *TABLES["numbers"]["after_ten"],
    *["mười", "mươi", "tuổi", "5", "12", "6,3", "1.750", "2RS", "A"],
]
LETTERS = sorted(
    {
        *"aăâeêioôơuưyáàảãạặệợựbcdđghklmnpqrstvx 0123456789-/.,_×–'\u200b\u00ad\u0301\u0323\n",
        *TABLES["characters"]["homoglyphs"],
        *TABLES["characters"]["doubtful_homoglyphs"],
        *TABLES["encodings"]["vni"],
        *TABLES["encodings"]["vni_read_as_tcvn3"],
    }
)
phrases = st.lists(
    st.tuples(st.sampled_from(VOCABULARY), st.sampled_from([" ", " ", " ", "-", "", ", ", ".\n"]))
).map(lambda found: "".join(word + joint for word, joint in found))
texts = st.one_of(st.text(), st.text(st.sampled_from(LETTERS)), phrases)
vietnamese = st.one_of(st.text(st.sampled_from(LETTERS)), phrases)
