"""What people read: for each code, what is wrong and what to do next, in Vietnamese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, Protocol

from shared.vocabulary import Band, Ruling, Tier

Language = Literal["vi", "en"]


class Message(NamedTuple):
    """A sentence in both languages; {value}, {limit} and the like are filled in from the facts."""

    vi: str
    en: str


class Spoken(Protocol):
    """Whatever is said in both languages."""

    @property
    def vi(self) -> str: ...
    @property
    def en(self) -> str: ...


def spoken(said: Spoken, language: Language) -> str:
    """What is said in both languages, in the reader's."""
    return said.vi if language == "vi" else said.en


MESSAGES: Final[Mapping[str, Message]] = {
    # Of one field of a record.
    "missing": Message("Thiếu thông tin bắt buộc; hãy điền vào.", "A required field is missing; fill it in."),
    "blank": Message("Thông tin bắt buộc đang để trống; hãy điền vào.", "A required field is blank; fill it in."),
    "unknown-field": Message("Không có trường này; hãy xóa hoặc sửa tên.", "There is no such field; remove or rename it."),
    "not-text": Message("Cần chữ (chuỗi ký tự), không phải kiểu khác; hãy đặt trong dấu ngoặc kép.", "Text is needed here, not another type; put it in quotes."),
    "not-a-number": Message("Cần một số; hãy bỏ chữ và dấu phân cách.", "A number is needed here; remove letters and separators."),
    "not-true-or-false": Message("Cần true hoặc false.", "This must be true or false."),
    "not-a-list": Message("Cần một danh sách.", "A list is needed here."),
    "not-an-object": Message("Cần một đối tượng JSON { … }.", "A JSON object { … } is needed here."),
    "not-a-date": Message("Không phải ngày hợp lệ; hãy viết dạng 2022-04-20.", "Not a valid date; write it as 2022-04-20."),
    "known-at-without-corrected": Message("Chỉ hỏi được known_at trên trục đã sửa (corrected).", "known_at is asked of the corrected axis only."),
    "not-an-instant": Message("Không phải thời điểm hợp lệ; hãy viết dạng 2022-04-20T08:00:00+07:00.", "Not a valid instant; write it as 2022-04-20T08:00:00+07:00."),
    "missing-offset": Message("Thời điểm thiếu múi giờ; hãy thêm +07:00.", "The instant has no offset; add +07:00."),
    "not-an-id": Message("Không phải mã định danh hợp lệ.", "Not a valid id."),
    "too-long": Message("Dài quá {limit} ký tự; hãy rút gọn.", "Longer than {limit} characters; shorten it."),
    "too-many": Message("Quá {limit} mục; hãy bớt đi.", "More than {limit} entries; take some away."),
    "too-few": Message("Cần ít nhất {limit} mục.", "At least {limit} entry is needed."),
    "too-small": Message("Số quá nhỏ (ít nhất {limit}).", "The number is too small (at least {limit})."),
    "too-large": Message("Số quá lớn (nhiều nhất {limit}).", "The number is too large (at most {limit})."),
    "not-in-list": Message("Giá trị không có trong danh mục: {expected}.", "Not one of the allowed values: {expected}."),
    "control-character": Message("Có ký tự điều khiển hoặc ký tự không được phép; hãy xóa đi.", "Holds a control character or one that is not allowed; remove it."),
    "shares": Message("Tổng tỷ lệ đóng góp là {total}, phải là 100; hãy sửa tỷ lệ của các tác giả.", "The shares add to {total}, not to 100; correct the authors' shares."),
    "phases": Message("Một giai đoạn ghi hai lần cho cùng đơn vị; hãy xóa bớt.", "A phase stands twice for one unit; remove one."),
    "interval": Message("Khoảng thời gian phải kết thúc sau khi bắt đầu; hãy sửa hai mốc.", "An interval must end after it begins; correct the two ends."),
    "target": Message("Chỉ tiêu cần hoặc một số (value), hoặc tỷ lệ (percent) kèm loại quân số (of).", "A target has either a value, or a percent with the head count it is of."),
    "reserved-code": Message("'{value}' là tên gọi của cả chương trình, không đặt làm mã giai đoạn hay đợt thi đua được; hãy chọn mã khác.", "'{value}' is how the whole programme is called, so no phase or wave can bear it; choose another code."),
    "criteria": Message("Mỗi tiêu chí chỉ ghi một lần, và ít nhất một tiêu chí phải cho điểm.", "Each criterion stands once, and at least one must give points."),
    "thresholds": Message("Các ngưỡng phải tăng dần: similar, near, exact.", "The thresholds must rise: similar, near, exact."),
    "invalid": Message("Giá trị không hợp lệ; hãy sửa theo hướng dẫn biểu mẫu.", "The value is not valid; correct it as the form explains."),
    # Of a whole record or file.
    "invalid-json": Message("Dòng này không phải JSON hợp lệ; hãy sửa cú pháp ({reason}).", "This line is not valid JSON; correct its syntax ({reason})."),
    "duplicate-field": Message("Trường này xuất hiện hai lần trong một bản kê khai; hãy xóa bớt.", "This field stands twice in the record; remove one."),
    "invalid-csv": Message("Dòng này không phải CSV hợp lệ; hãy kiểm tra dấu ngoặc kép ({reason}).", "This line is not valid CSV; check its quotes ({reason})."),
    "formula-error": Message("Ô này chứa lỗi công thức (như #REF!); hãy sửa công thức hoặc gõ giá trị.", "This cell holds a formula error (such as #REF!); correct the formula or type the value."),
    "invalid-utf8": Message("Dòng này không phải UTF-8; hãy lưu tệp với bảng mã UTF-8.", "This line is not UTF-8; save the file as UTF-8."),
    "record-too-large": Message("Bản kê khai lớn hơn {limit} byte; hãy rút gọn nội dung.", "The record is larger than {limit} bytes; shorten its texts."),
    "unreadable-file": Message("Không đọc được tệp ({reason}); hãy kiểm tra định dạng.", "The file cannot be read ({reason}); check its format."),
    "same-text": Message("Cùng nội dung với dòng {first}; vẫn nhận, sẽ được đối chiếu.", "The same text as row {first}; accepted, and it will be matched."),
    # Of the domain.
    "contradiction": Message("Điều này trái với những gì đã ghi sổ; hãy xem lại yêu cầu.", "This contradicts what is on record; look at what you asked for again."),
    "nothing-changed": Message("Đúng như vậy đã có trong sổ; không ghi thêm gì.", "Just this is on record already; nothing was recorded."),
    "not-json": Message("Nội dung gửi lên phải là JSON.", "The body must be JSON."),
    "internal-error": Message("Có lỗi ngoài dự kiến; hãy gửi lại đúng yêu cầu này.", "Something unforeseen failed; send just this request again."),
    "no-backup": Message("{place} không chứa bản sao lưu trọn vẹn; hãy chọn thư mục mà lệnh backup đã ghi xong.", "{place} holds no whole backup; give the directory that a backup was written to, to its end."),
    "backup-is-damaged": Message("Bản sao lưu ở {place} bị hỏng ({what} không còn như lúc ghi); chưa khôi phục gì, hãy lấy bản khác.", "The backup in {place} is damaged ({what} is not what was kept); nothing was restored, take another one."),
    "place-not-empty": Message("{place} đã có dữ liệu; sao lưu và khôi phục chỉ ghi vào nơi còn trống, hãy chọn nơi khác hoặc dọn phần dở dang.", "{place} is not empty; a backup and a restore go into an empty place only, choose another or clear what was cut short."),
    "vault-is-older": Message("Bản sao khóa cũ hơn bản sao sổ ghi: tên người ghi trong khoảng giữa sẽ không mở được nữa; nếu có bản khóa mới hơn, hãy khôi phục lại với bản đó.", "The copy of the keys is older than that of the ledger: names recorded in between stay closed; where there is a newer one, restore again with it."),
    "model-not-kept": Message("Bản sao lưu thiếu mô hình đang dùng ({model}): nơi khôi phục sẽ không đối chiếu được. Hãy chép tệp mô hình vào thư mục mô hình (SANGKIEN_MODELS, nếu không đặt là models cạnh sổ ghi) rồi sao lưu lại; nếu tệp không còn, hãy áp dụng mô hình kèm phần mềm (sangkien model adopt shipped) hoặc học lại (sangkien model fit) rồi áp dụng.", "The backup lacks the model in force ({model}): nothing could be matched where it is restored. Copy the model's file into the models' directory (SANGKIEN_MODELS, or models beside the ledger) and back up again; where the file is gone, adopt the shipped model (sangkien model adopt shipped), or fit one anew (sangkien model fit) and adopt it."),
    "server-may-forget": Message("Máy chủ PostgreSQL ({stores}) đang tắt {off}: khi mất điện, điều đã báo ghi xong có thể mất hoặc hỏng. Hãy bật lại trong cấu hình của máy chủ (ALTER SYSTEM SET … = on; SELECT pg_reload_conf()).", "The PostgreSQL server ({stores}) has {off} switched off: when its machine goes down, what was acknowledged may be lost or damaged. Switch it on in the server's configuration (ALTER SYSTEM SET … = on; SELECT pg_reload_conf())."),
    "another-drill": Message("Một lần diễn tập khác trên sổ này đang chạy; hãy đợi xong.", "Another drill over this ledger is running; wait until it has ended."),
    "port-taken": Message("Cổng này đang có chương trình khác dùng; hãy chọn cổng khác.", "Another program uses this port; choose another one."),
    "conflict": Message("Mã này đã được kê khai với nội dung khác; hãy dùng mã mới, hoặc sửa bản kê khai cũ.", "This id was declared with other content; use a new id, or amend the earlier one."),
    "version-conflict": Message("Có người vừa thay đổi; hãy tải lại rồi quyết định.", "Somebody else changed it; load it again and decide."),
    "already-claimed": Message("Mã này đang được ghi bởi một yêu cầu khác; hãy thử lại.", "Another request is recording this id; try again."),
    "filed-in-future": Message("Ngày nộp ở tương lai so với sổ ghi; hãy kiểm tra ngày, múi giờ, và sổ có phải là mô phỏng.", "The filing date lies in the ledger's future; check date, offset, and whether the ledger is a simulation."),
    "unknown-unit": Message("Không có đơn vị này trong cây tổ chức; hãy tìm theo tên để lấy đúng mã.", "There is no such unit in the tree; search by name for its code."),
    "unit-not-grassroots": Message("Sáng kiến phải ghi ở công đoàn cơ sở; hãy chọn đơn vị cơ sở bên dưới.", "An idea is recorded at a grassroots union; choose one below this unit."),
    "second-nation": Message("Cây tổ chức đã có gốc; đơn vị này phải có cấp khác và có cấp trên.", "The tree has its root already; give this unit another level and a parent."),
    "before-founding": Message("Ngày này trước khi đơn vị thành lập; hãy chọn ngày từ khi thành lập.", "The day is before the unit was founded; choose one from then on."),
    "unit-closed": Message("Đơn vị đã kết thúc hoặc sáp nhập; hãy kê khai ở đơn vị mới.", "The unit is closed or merged; declare at the new one."),
    "parent-does-not-fit": Message("Cấp trên không phù hợp với cấp của đơn vị; hãy chọn cấp trên cao hơn một cấp trở lên.", "The parent does not fit the unit's level; choose one of a higher level."),
    "not-a-period": Message("Không phải kỳ hợp lệ; hãy viết ngày 2022-05-10, tuần 2022-W19, tháng 2022-05, quý 2022-Q2.", "Not a period; write a day as 2022-05-10, a week as 2022-W19, a month as 2022-05, a quarter as 2022-Q2."),
    "two-periods": Message("Chỉ hỏi một ngày hoặc một tuần, không cả hai.", "Ask for a day or for a week, not for both."),
    "no-criteria": Message("Chưa có tiêu chí chấm điểm áp dụng cho tháng này; hãy ban hành tiêu chí trước.", "No criteria were in force for this month; adopt some first."),
    "unknown-programme": Message("Không có chương trình này; hãy kiểm tra mã chương trình.", "There is no such programme; check its code."),
    "programme-not-yet-on-record": Message("Lúc đó chương trình này chưa có trong sổ; hãy hỏi một thời điểm sau đó.", "The programme was not yet on record at that moment; ask as of a later one."),
    "no-head-count": Message("Chưa có số đoàn viên để tính tỷ lệ; hãy ghi số đoàn viên trước.", "There is no head count to take the percentage of; record one first."),
    "idea-withdrawn": Message("Sáng kiến đã được rút; không thể thay đổi nữa.", "The idea was withdrawn; nothing more can change."),
    "not-in-case": Message("Sáng kiến không thuộc hồ sơ này; hãy mở hồ sơ để xem các sáng kiến của nó.", "The idea is not a member of this case; open the case to see its members."),
    "canonical-not-ruled": Message("Không kết luận trên sáng kiến gốc; hãy chọn gốc khác trước.", "The canonical is not ruled on; choose another canonical first."),
    "case-is-moot": Message("Hồ sơ đã khép lại vì không còn gì để xem xét; không cần làm gì thêm.", "The case is closed: nothing is left to decide, and nothing needs to be done."),
    "several-senders": Message("Mã này do nhiều bên gửi ({senders}); hãy ghi rõ bên gửi.", "Several senders sent this id ({senders}); say which is meant."),
    "case-joined": Message("Hồ sơ này đã nhập vào hồ sơ {into}; hãy làm tiếp ở hồ sơ đó.", "This case was joined into case {into}; go on there."),
    "nobody-moves": Message("Hãy chọn ít nhất một sáng kiến để tách ra.", "Name at least one member to take into a case of its own."),
    "nobody-stays": Message("Không thể tách tất cả; hãy để lại ít nhất một sáng kiến trong hồ sơ.", "Not all can be taken out; leave at least one member in the case."),
    "same-case": Message("Không thể nhập hồ sơ vào chính nó; hãy ghi mã hồ sơ kia.", "A case cannot be joined into itself; name the other case."),
    "nothing-to-join": Message("Hồ sơ kia không còn sáng kiến nào để nhập; không cần làm gì.", "Nobody is left in the other case; nothing needs to be done."),
    "people-were-faster": Message("Có người vừa tách, nhập hoặc loại khỏi hồ sơ; hãy xem lại.", "Somebody has just split, joined or excluded; look again."),
    "over-the-cap": Message("Danh sách có {count} kết luận, nhiều hơn mức {limit} cho một lần; hãy kiểm tra danh sách, chia nhỏ hoặc nâng mức.", "The list holds {count} rulings, more than {limit}; check the list, divide it, or raise the cap."),
    "too-few-answers": Message("Mới có {same} kết luận trùng và {other} kết luận không trùng (không tính {left_out} kết luận về cặp chỉ mô hình khác cảnh báo); cần ít nhất {fewest}, mỗi loại ít nhất {of_each}. Hãy thẩm định thêm hoặc đưa tệp nhãn bằng --labels.", "Only {same} answers say duplicate and {other} say not ({left_out} on pairs that only other models flagged are left out); at least {fewest} are needed, {of_each} of each. Rule on more cases, or give pairs with --labels."),
    "answers-say-nothing": Message("Theo các kết luận này, cặp giống nhau hơn lại không trùng nhiều hơn, nên không suy ra được điểm. Hãy xem kết luận hoặc nhãn có bị ghi ngược không.", "By these answers, pairs that are more alike are not duplicates more often: no score follows. Look whether rulings or labels say the opposite of what was meant."),
    "other-tables": Message("Mô hình này được học theo bảng chuẩn hóa {fitted_for}, còn phần mềm đang đọc theo bảng {read_by}; hãy áp dụng mô hình kèm phần mềm (sangkien model adopt shipped) hoặc học lại (sangkien model fit) rồi áp dụng.", "This model was fitted for tables {fitted_for}, and this version reads by tables {read_by}; adopt the shipped model (sangkien model adopt shipped), or fit one anew (sangkien model fit) and adopt it."),
    "rules-not-json": Message("Tệp quy tắc không phải JSON hợp lệ; hãy sửa cú pháp ({reason}).", "The file of rules is not valid JSON; correct its syntax ({reason})."),
    "lines-without-scale": Message("Tệp quy tắc có ngưỡng (thresholds, by_tier) nhưng thiếu calibration nên không rõ ngưỡng tính theo điểm nào; hãy thêm calibration như sangkien rules show in ra, hoặc \"calibration\": {likeness} nếu ngưỡng đặt theo độ giống.", "The file draws lines (thresholds, by_tier) without a calibration, so it is open what they stand on; add the calibration that sangkien rules show prints, or \"calibration\": {likeness} where they stand on likeness."),
    "ruled-twice": Message("Sáng kiến này đã có trong danh sách; hãy bỏ bớt một dòng.", "This idea stands in the list already; remove one of the two."),
    "several-refused": Message("Có dòng không kết luận được nên chưa ghi gì; hãy sửa các dòng nêu dưới đây rồi gửi lại cả danh sách.", "Some entries cannot be carried out, so nothing was recorded; correct those named and send the whole list again."),
    "list-undone": Message("Danh sách kết luận này đã được hủy trước đó; không ghi thêm gì.", "This list of rulings was undone already; nothing was recorded."),
    "nothing-to-undo": Message("Không còn kết luận nào của danh sách giữ nguyên để hủy; hãy kết luận lại từng sáng kiến.", "No ruling of the list stands as it was given; rule on the members one by one."),
    "reason-missing": Message("Cần ghi lý do; lý do được gửi cho tác giả.", "Give a reason; it is sent to the author."),
    "flag-the-other-way": Message("Cảnh báo theo chiều ngược lại: {later} là bản sau, {earlier} là bản trước; hãy đổi chỗ.", "The flag is the other way round: {later} is the later one, {earlier} the earlier; swap them."),
    "not-found": Message("Không tìm thấy; hãy kiểm tra mã.", "Not found; check the id."),
    "not-allowed": Message("Vai trò hoặc phạm vi của khóa này không cho phép; hãy hỏi công đoàn cấp trên.", "This key's role or subtree does not permit it; ask the level above."),
    "unauthenticated": Message("Thiếu khóa truy cập hoặc khóa không hợp lệ; hãy gửi kèm khóa, hoặc xin cấp khóa mới.", "The access key is missing or not valid; send one, or ask for a new one."),
    "unavailable": Message("Hệ thống tạm thời không ghi được; chưa có gì được ghi, hãy gửi lại sau.", "The system cannot write now; nothing was recorded, send it again later."),
    "view-behind": Message("Bảng số liệu chưa cập nhật đến đó; hãy hỏi lại sau giây lát.", "The view has not come that far yet; ask again in a moment."),
    "unknown-view": Message("Không có bảng này; hãy kiểm tra tên.", "There is no such view; check its name."),
    "unknown-phase": Message("Chương trình không có giai đoạn này; hãy kiểm tra mã.", "The programme has no such phase; check its code."),
    "phase-and-wave": Message("Chỉ hỏi theo giai đoạn hoặc theo đợt thi đua, không hỏi cả hai; hãy bỏ một.", "Ask for a phase or for a wave, not for both; leave one of them out."),
    "unknown-wave": Message("Chương trình không có đợt thi đua này; giai đoạn thì hỏi bằng --phase.", "The programme has no such wave; a phase is asked for with --phase."),
    "nothing-to-split": Message("Không có chỉ tiêu, hoặc không có đơn vị trực thuộc, để phân bổ vào ngày đó; hãy giao chỉ tiêu trước.", "There is no target, or no unit below, to split on that day; set the target first."),
    "not-a-child": Message("Có mã không phải đơn vị trực thuộc trực tiếp vào ngày đó; hãy kiểm tra các mã.", "Some codes do not stand directly below the unit on that day; check them."),
    "sum-does-not-fit": Message("Các số ấn định riêng không khớp với chỉ tiêu cần phân bổ; hãy sửa chỉ tiêu hoặc các số ấn định.", "The numbers given by hand do not fit the target that is to be split; change either."),
    "nothing-to-split-by": Message("Có đơn vị thiếu số liệu để phân bổ; hãy ghi số liệu, ấn định riêng (keep), hoặc chia theo cách khác.", "Some units have nothing to split by; record it, give them a number by hand (keep), or split otherwise."),
    "unknown-cohort": Message("Không có cụm, khối này; hãy kiểm tra mã.", "There is no such cohort; check its code."),
    "unknown-form": Message("Không ghi được bảng ra tệp kiểu này; hãy đặt tên tệp .csv hoặc .xlsx.", "A board is not written in this form; name a .csv or .xlsx file."),
    "no-chart": Message("Bảng này không có biểu đồ; hãy lấy dạng csv hoặc xlsx.", "This board has no chart; ask for csv or xlsx."),
    "unit-or-cohort": Message("Chỉ hỏi theo đơn vị hoặc theo cụm, khối; hãy bỏ bớt một.", "Ask for a unit or for a cohort; leave one out."),
    "too-many-points": Message("Quá nhiều mốc thời gian ({points}, nhiều nhất {limit}); hãy chọn tuần hoặc tháng, hoặc khoảng ngắn hơn.", "Too many instants ({points}, at most {limit}); ask by week or month, or for a shorter span."),
    "span-is-empty": Message("Khoảng thời gian phải kết thúc sau khi bắt đầu, và bắt đầu trước thời điểm hỏi; hãy sửa hai mốc.", "A span must end after it begins, and begin before the moment asked for; correct its ends."),
    "board-is-frozen": Message("Tên này đã dùng cho một bảng đã chốt; bảng đã chốt không đổi, hãy chốt dưới tên mới và ghi bảng cũ ở --corrects.", "A board is frozen under this name, and stays as it is; freeze the correction under a new name that says what it corrects."),
    "unknown-frozen-board": Message("Không có bảng nào đã chốt dưới tên này; hãy xem danh sách các bảng đã chốt.", "No board is frozen under this name; look at the list of frozen boards."),
    "not-of-this-board": Message("Bảng này không nhận lựa chọn đó; hãy bỏ bớt.", "This board does not take that option; leave it out."),
    "not-a-kind-of-target": Message("Không có loại chỉ tiêu này; có orientation (định hướng), registered (đăng ký), assigned (giao), striving (phấn đấu).", "There is no such kind of target; there are orientation, registered, assigned, striving."),
    "against-itself": Message("Không so một đơn vị với chính nó được; hãy ghi đơn vị khác, hoặc bỏ trống để hỏi với mọi đơn vị.", "A unit is not held against itself; name another one, or none for all of them."),
    "no-words": Message("Hãy ghi từ một đến hai mươi từ của tên sáng kiến.", "Write one to twenty words of the title."),
    "unit-not-of-level": Message("Đơn vị không thuộc cấp đang xếp hạng; hãy ghi đúng cấp của đơn vị.", "The unit is not of the level that is ranked; give its own level."),
    "unknown-idea": Message("Không có sáng kiến này tính đến lúc đó; hãy kiểm tra mã.", "There is no such idea as of then; check its id."),
    "too-many-requests": Message("Gửi quá nhanh; hãy chờ rồi gửi lại.", "Too many requests; wait and send again."),
    "idempotency-key-missing": Message("Thiếu tiêu đề Idempotency-Key; hãy gửi một khóa riêng cho mỗi yêu cầu.", "The Idempotency-Key header is missing; send a key of its own with each request."),
    "idempotency-key-reused": Message("Idempotency-Key này đã dùng cho nội dung khác; hãy dùng khóa mới.", "This Idempotency-Key was used with another body; use a new key."),
    "precondition-failed": Message("Phiên bản đã thay đổi so với If-Match; hãy tải lại.", "The version is no longer the one of If-Match; load it again."),
    "bad-request": Message("Yêu cầu không hợp lệ; hãy xem chi tiết từng trường.", "The request is not valid; see the errors by field."),
    "method-not-allowed": Message("Địa chỉ này không nhận phương thức đó; xem các phương thức ở đầu mục Allow.", "This address does not take that method; the Allow header names those it takes."),
    "payload-too-large": Message("Nội dung gửi quá lớn; hãy rút gọn.", "The body is too large; shorten it."),
    "simulation-only": Message("Chỉ dùng được trên sổ ghi mô phỏng; hãy khởi tạo với --simulated.", "Only for a simulated ledger; run init with --simulated."),
    "simulation-needs-empty-ledger": Message("Sổ ghi đã có dữ liệu; mô phỏng chỉ bắt đầu trong sổ trống: hãy chọn --data khác, hoặc xóa thư mục đó rồi chạy lại.", "The ledger holds something already; a simulation begins in an empty one: choose another --data, or remove that directory and run again."),
    "simulation-disturbed": Message("Có tiến trình khác ghi vào sổ trong lúc mô phỏng; hãy xóa thư mục đó rồi mô phỏng lại.", "Another process wrote to the ledger during the simulation; remove the directory and simulate again."),
    "matcher-behind": Message("Bộ đối chiếu còn đang đọc sổ; cứ kê khai, hoặc một phút sau kiểm tra lại.", "The matcher is still reading the ledger; declare without a check, or try again in a minute."),
    "nothing-matched": Message("Chưa có văn bản nào được đối chiếu ở đó; hãy đối chiếu trước (sangkien match), hoặc so sánh từ sớm hơn.", "No text was matched there; match first (sangkien match), or begin earlier."),
    "label-taken": Message("Tên này là của bên gửi khác; hãy chọn tên riêng.", "This label names another sender; choose one of your own."),
    # Said beside an answer.
    "snapshot-unfit": Message("Không dùng được bản lưu của bộ đối chiếu, vì: {why}. Sổ ghi được đọc lại từ đầu; không cần làm gì.", "The matcher's snapshot does not fit and is ignored: {why}. The ledger is read again; nothing needs to be done."),
    "compiling": Message("Lần đầu chạy phiên bản này trên máy này: đang biên dịch bộ đối chiếu, khoảng nửa phút, chỉ một lần.", "The first use of this version on this machine: the matcher is being compiled, for about half a minute, once."),
    "refused": Message("Yêu cầu không thực hiện được; xem chi tiết.", "The request cannot be carried out; see the detail."),
}  # fmt: skip

RULINGS: Final[Mapping[Ruling, Message]] = {
    Ruling.DUPLICATE_IN_UNIT: Message("trùng trong đơn vị", "duplicate in the unit"),
    Ruling.RE_ENTRY: Message("cùng tác giả kê khai lại", "re-entry by the same author"),
    Ruling.CO_AUTHOR_COPY: Message("bản kê khai của đồng tác giả", "co-author's copy"),
    Ruling.EARLIER_PROGRAMME: Message("đã kê khai ở chương trình trước", "re-declared from an earlier programme"),
    Ruling.COPIED: Message("sao chép từ nơi khác", "copied from elsewhere"),
    Ruling.TEMPLATE_ONLY: Message("chỉ giống mẫu chung", "template only"),
    Ruling.INDEPENDENT: Message("độc lập ở nơi khác", "independent elsewhere"),
    Ruling.NOT_DUPLICATE: Message("không trùng", "not a duplicate"),
}  # fmt: skip

BANDS: Final[Mapping[Band, Message]] = {
    Band.EXACT: Message("trùng lắp hoàn toàn", "exact"),
    Band.NEAR: Message("trùng lắp gần như toàn bộ", "near"),
    Band.SIMILAR: Message("tương đồng", "similar"),
    Band.CLEAR: Message("khác nhau", "clear"),
}
TIERS: Final[Mapping[Tier, Message]] = {
    Tier.UNIT: Message("cùng công đoàn cơ sở", "the same grassroots union"),
    Tier.UPPER: Message("cùng công đoàn cấp trên trực tiếp cơ sở", "the same upper-level union"),
    Tier.FIRST: Message("cùng liên đoàn lao động tỉnh, ngành", "the same first-level union"),
    Tier.ELSEWHERE: Message("ở đơn vị khác", "another part of the nation"),
    Tier.PROGRAMME: Message("thuộc chương trình trước", "an earlier programme"),
}


def message(code: str, language: Language, /, **facts: object) -> str:
    """The sentence of a code in a language, with its facts filled in."""
    found = MESSAGES.get(code, MESSAGES["invalid"])
    sentence = spoken(found, language)
    try:
        return sentence.format(**facts)
    except (KeyError, IndexError):
        return sentence


OF_PYDANTIC: Final[Mapping[str, str]] = {
    "missing": "missing",
    "extra_forbidden": "unknown-field",
    "string_type": "not-text",
    "string_unicode": "control-character",
    "string_too_long": "too-long",
    "string_too_short": "blank",
    "int_type": "not-a-number",
    "int_parsing": "not-a-number",
    "int_from_float": "not-a-number",
    "int_parsing_size": "too-large",
    "float_type": "not-a-number",
    "decimal_type": "not-a-number",
    "decimal_parsing": "not-a-number",
    "decimal_max_digits": "not-a-number",
    "decimal_max_places": "not-a-number",
    "decimal_whole_digits": "too-large",
    "finite_number": "not-a-number",
    "bool_type": "not-true-or-false",
    "bool_parsing": "not-true-or-false",
    "tuple_type": "not-a-list",
    "list_type": "not-a-list",
    "too_long": "too-many",
    "too_short": "too-few",
    "model_type": "not-an-object",
    "model_attributes_type": "not-an-object",
    "dict_type": "not-an-object",
    "enum": "not-in-list",
    "literal_error": "not-in-list",
    "date_type": "not-a-date",
    "date_parsing": "not-a-date",
    "date_from_datetime_parsing": "not-a-date",
    "date_from_datetime_inexact": "not-a-date",
    "datetime_type": "not-an-instant",
    "datetime_parsing": "not-an-instant",
    "datetime_from_date_parsing": "not-an-instant",
    "datetime_object_invalid": "not-an-instant",
    "out_of_range": "not-an-instant",
    "timezone_aware": "missing-offset",
    "uuid_type": "not-an-id",
    "uuid_parsing": "not-an-id",
    "greater_than_equal": "too-small",
    "greater_than": "too-small",
    "less_than_equal": "too-large",
    "less_than": "too-large",
    "json_invalid": "invalid-json",
    "shares": "shares",
    "interval": "interval",
    "phases": "phases",
    "target": "target",
    "thresholds": "thresholds",
    "criteria": "criteria",
    "reserved-code": "reserved-code",
}
"""Our code for each of the validator's error types."""
