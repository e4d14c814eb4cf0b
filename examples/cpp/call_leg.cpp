// Two call legs in C++17: an offer, its answer, and a packet each way. Each leg owns its session and its negotiation;
// what the library gives is freed by the objects that hold it, and statuses become exceptions.
#include <array>
#include <cstdint>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "voxseal.h"

namespace {

void must(voxseal_status status)
{
	if (status != VOXSEAL_OK) {
		throw std::runtime_error(voxseal_status_str(status));
	}
}

template <typename T, voxseal_status (*New)(T **), void (*Free)(T *)> auto make()
{
	T *raw = nullptr;
	must(New(&raw));
	return std::unique_ptr<T, decltype(Free)>(raw, Free);
}

class Leg {
public:
	Leg() { must(voxseal_session_new(nullptr, &session_)); }
	~Leg() { voxseal_session_free(session_); }
	Leg(const Leg &) = delete;
	Leg &operator=(const Leg &) = delete;

	void offer() { must(voxseal_sdes_offer(sdes_.get(), nullptr, 0)); }

	// The lines of our SDP now. They hold keys.
	std::vector<std::string> lines() const
	{
		std::vector<std::string> lines;
		for (std::size_t at = 0; at < voxseal_sdes_line_count(sdes_.get()); at++) {
			std::size_t needed = 0;
			voxseal_sdes_line(sdes_.get(), at, nullptr, 0, &needed);
			std::string line(needed, '\0');
			must(voxseal_sdes_line(sdes_.get(), at, line.data(), line.size(), &needed));
			line.pop_back();
			lines.push_back(line);
		}
		return lines;
	}

	// Takes the first line of the peer's that is good, and has its keys used.
	void take(const std::vector<std::string> &lines)
	{
		voxseal_status status = VOXSEAL_ERR_ATTRIBUTE_SYNTAX;
		for (const std::string &line : lines) {
			std::uint32_t outcome = 0;
			status = voxseal_sdes_process(sdes_.get(), line.data(), line.size(), &outcome);
			if (status == VOXSEAL_OK) {
				break;
			}
		}
		must(status);
		auto local = make<voxseal_policy, voxseal_policy_new, voxseal_policy_free>();
		auto remote = make<voxseal_policy, voxseal_policy_new, voxseal_policy_free>();
		must(voxseal_sdes_policies(sdes_.get(), 0, local.get(), remote.get()));
		must(voxseal_session_apply(session_, remote.get()));
		must(voxseal_session_apply(session_, local.get()));
		must(voxseal_sdes_commit(sdes_.get()));
	}

	std::vector<std::uint8_t> protect(const std::vector<std::uint8_t> &packet)
	{
		std::vector<std::uint8_t> out(packet.size() + VOXSEAL_MAX_TRAILER_LEN);
		std::size_t len = 0;
		must(voxseal_session_protect(session_, VOXSEAL_RTP, packet.data(), packet.size(), out.data(), out.size(), &len));
		out.resize(len);
		return out;
	}

	std::vector<std::uint8_t> unprotect(std::vector<std::uint8_t> packet)
	{
		std::size_t len = packet.size();
		must(voxseal_session_unprotect(session_, VOXSEAL_RTP, packet.data(), &len));
		packet.resize(len);
		return packet;
	}

	const char *suite() const { return voxseal_suite_name(voxseal_sdes_suite(sdes_.get())); }

private:
	voxseal_session session_{};
	std::unique_ptr<voxseal_sdes, void (*)(voxseal_sdes *)> sdes_ = make<voxseal_sdes, voxseal_sdes_new, voxseal_sdes_free>();
};

std::vector<std::uint8_t> speech(std::uint8_t ssrc)
{
	std::vector<std::uint8_t> packet{0x80, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, ssrc};
	packet.resize(12 + 160, 0xd5);
	return packet;
}

} // namespace

int main()
{
	try {
		Leg caller, callee;
		caller.offer();
		callee.take(caller.lines());
		caller.take(callee.lines());
		const bool there = callee.unprotect(caller.protect(speech(1))) == speech(1);
		const bool back = caller.unprotect(callee.protect(speech(2))) == speech(2);
		std::cout << caller.suite() << (there && back ? ": a packet each way arrived as it was\n" : ": damaged\n");
		return there && back ? 0 : 1;
	} catch (const std::exception &error) {
		std::cerr << "call_leg: " << error.what() << '\n';
		return 1;
	}
}
